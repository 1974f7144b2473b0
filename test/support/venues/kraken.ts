/** Kraken spot: refusals with status 200, rows under names of its own, the newest row open, at most 721 rows. */
import type { Play, PlayedAnswer, PlayedPair } from "./server.ts";

const INTERVALS = [1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600];
const ROWS_MAX = 721;

/** `row.key` is the name under which answers stand. */
export const krakenPairs: PlayedPair[] = [
  { symbol: "BTC-USD", id: "XBTUSD", row: { key: "XXBTZUSD", wsname: "XBT/USD", base: "XXBT", quote: "ZUSD" } },
  { symbol: "ETH-USD", id: "ETHUSD", row: { key: "XETHZUSD", wsname: "ETH/USD", base: "XETH", quote: "ZUSD" } },
  { symbol: "SOL-USD", id: "SOLUSD", row: { key: "SOLUSD", wsname: "SOL/USD", base: "SOL", quote: "ZUSD" } },
  { symbol: "ETH-BTC", id: "ETHXBT", row: { key: "XETHXXBT", wsname: "ETH/XBT", base: "XETH", quote: "XXBT" } },
  { symbol: "DOGE-USD", id: "XDGUSD", row: { key: "XDGUSD", wsname: "XDG/USD", base: "XXDG", quote: "ZUSD" } },
  { symbol: "USDT-USD", id: "USDTUSD", row: { key: "USDTZUSD", wsname: "USDT/USD", base: "USDT", quote: "ZUSD" } },
  { symbol: "LUNA-USD", id: "LUNAUSD", row: { key: "LUNAUSD", wsname: "LUNA/USD", base: "LUNA", quote: "ZUSD" } },
  // A pair that doesn't say its name, and an asset that is no coin.
  { symbol: "BTC-USDT", id: "XBTUSDT", row: { key: "XBTUSDT", wsname: undefined, base: "XXBT", quote: "USDT" } },
  { symbol: "?", id: "ETH2.SETH", row: { key: "ETH2.SETH", wsname: "ETH2.S/ETH", base: "ETH2.S", quote: "XETH" } },
];

export const krakenError = (...errors: string[]): PlayedAnswer => ({ body: { error: errors } });
const result = (value: unknown): PlayedAnswer => ({ body: { error: [], result: value } });
const keyOf = (pair: PlayedPair) => String(pair.row?.key ?? pair.id);

export const playKraken: Play = (url, market, pairs) => {
  const seconds = Math.floor(market.now() / 1000);
  const asked = (url.searchParams.get("pair") ?? "").split(",");
  const found = asked.map((name) => pairs.find((pair) => pair.id === name || keyOf(pair) === name));
  switch (url.pathname) {
    case "/Time":
      return result({ unixtime: seconds, rfc1123: "Thu, 03 Sep 26 06:01:43 +0000" });
    case "/AssetPairs":
      return result(Object.fromEntries(pairs.map((pair) => [keyOf(pair), assetPair(pair)])));
    case "/Ticker": {
      if (found.some((pair) => !pair)) return krakenError("EQuery:Unknown asset pair");
      return result(
        Object.fromEntries(
          found.flatMap((pair) => {
            if (!pair) return [];
            const { bid, ask } = market.book(pair.symbol);
            const row = {
              a: [ask, "1", "1.000"],
              b: [bid, "1", "1.000"],
              c: [bid, "0.1"],
              v: ["1", "2"],
              t: [1, 2],
              o: bid,
            };
            return [[keyOf(pair), row]];
          }),
        ),
      );
    }
    case "/OHLC": {
      const [pair] = found;
      if (!pair) return krakenError("EQuery:Unknown asset pair");
      const interval = Number(url.searchParams.get("interval") ?? "1");
      if (!INTERVALS.includes(interval)) return krakenError("EGeneral:Invalid arguments");
      const step = interval * 60_000;
      const since = Number(url.searchParams.get("since") ?? "0") * 1000;
      const earliest = Math.floor(market.now() / step) * step - (ROWS_MAX - 1) * step;
      const rows = market.between(pair.symbol, Math.max(since, earliest), market.now(), step, false);
      const row = (each: (typeof rows)[number]) => [
        each.openAt / 1000,
        each.open,
        each.high,
        each.low,
        each.close,
        each.trades === 0 ? "0.0" : each.close,
        each.volume,
        each.trades,
      ];
      return result({ [keyOf(pair)]: rows.map(row), last: Math.floor(market.now() / step) * (step / 1000) });
    }
    default:
      return { status: 404, body: { error: ["EGeneral:Unknown method"] } };
  }
};

function assetPair({ id, row }: PlayedPair) {
  const { key: _, ...members } = row ?? {};
  return {
    altname: id,
    aclass_base: "currency",
    aclass_quote: "currency",
    lot: "unit",
    cost_decimals: 5,
    pair_decimals: 1,
    lot_decimals: 8,
    lot_multiplier: 1,
    fees: [[0, 0.4]],
    fee_volume_currency: "ZUSD",
    ordermin: "0.00005",
    costmin: "0.5",
    tick_size: "0.1",
    status: "online",
    ...members,
  };
}
