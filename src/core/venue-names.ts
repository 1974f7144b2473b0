/** The names of the live venues, and of every market. */

/** Real venues, in the order in which they are listed. */
export const venueNames = ["coinbase", "kraken", "binance"] as const;
export type VenueName = (typeof venueNames)[number];

/** Where a tournament's prices come from. */
export const marketNames = ["synthetic", "replay", ...venueNames] as const;
export type MarketName = (typeof marketNames)[number];

export const venueTitles: Readonly<Record<VenueName, string>> = {
  coinbase: "Coinbase",
  kraken: "Kraken",
  binance: "Binance",
};

export function isVenueName(market: string): market is VenueName {
  return venueNames.some((name) => name === market);
}
