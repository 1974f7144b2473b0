/** The assets of the synthetic market, with rough figures of mid-2025, each against USDT and USDC. */
export interface SyntheticAsset {
  /** The price before the first candle, in quote currency. Over the years the price is pulled back to it. */
  readonly basePrice: number;
  /** Places that prices are rounded to. */
  readonly places: number;
  /** Standard deviation of log returns over a year. */
  readonly annualVolatility: number;
  /** Correlation with the common factor, 0 to 1. */
  readonly loading: number;
  /** Turnover of one typical hour, in quote currency. */
  readonly hourlyTurnover: number;
}

const assets: Readonly<Record<string, SyntheticAsset>> = {
  BTC: { basePrice: 104_500, places: 2, annualVolatility: 0.45, loading: 0.9, hourlyTurnover: 120e6 },
  ETH: { basePrice: 2_530, places: 3, annualVolatility: 0.7, loading: 0.85, hourlyTurnover: 70e6 },
  SOL: { basePrice: 156, places: 4, annualVolatility: 0.85, loading: 0.8, hourlyTurnover: 25e6 },
  BNB: { basePrice: 657, places: 3, annualVolatility: 0.5, loading: 0.75, hourlyTurnover: 12e6 },
  AVAX: { basePrice: 20.8, places: 5, annualVolatility: 0.95, loading: 0.75, hourlyTurnover: 4e6 },
  DOGE: { basePrice: 0.1924, places: 7, annualVolatility: 1, loading: 0.75, hourlyTurnover: 15e6 },
  XRP: { basePrice: 2.17, places: 6, annualVolatility: 0.85, loading: 0.7, hourlyTurnover: 18e6 },
  TRX: { basePrice: 0.268, places: 7, annualVolatility: 0.5, loading: 0.45, hourlyTurnover: 5e6 },
  SUI: { basePrice: 3.28, places: 6, annualVolatility: 1.1, loading: 0.75, hourlyTurnover: 8e6 },
  LINK: { basePrice: 14.1, places: 5, annualVolatility: 0.9, loading: 0.75, hourlyTurnover: 4e6 },
};
const quotes = ["USDT", "USDC"] as const;

/** Every symbol that the synthetic market knows: "BTC-USDT", "BTC-USDC", … */
export const syntheticSymbols: readonly string[] = quotes.flatMap((quote) =>
  Object.keys(assets).map((asset) => `${asset}-${quote}`),
);

/** Null for a symbol that the synthetic market doesn't know. */
export function syntheticAsset(symbol: string): SyntheticAsset | null {
  if (!syntheticSymbols.includes(symbol)) return null;
  return assets[symbol.slice(0, symbol.lastIndexOf("-"))] ?? null;
}
