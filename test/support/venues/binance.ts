/** Binance spot: rows of twelve with the newest open, one quote call for many pairs, of which one bad name fails all. */
import type { Play, PlayedAnswer, PlayedPair } from "./server.ts";

const STEPS: Readonly<Record<string, number>> = {
  "1m": 60_000,
  "5m": 300_000,
  "15m": 900_000,
  "1h": 3_600_000,
  "4h": 14_400_000,
  "1d": 86_400_000,
};

export const binancePairs: PlayedPair[] = [
  ["BTC", "USDT"],
  ["ETH", "USDT"],
  ["SOL", "USDT"],
  ["ETH", "BTC"],
  ["币安人生", "USDT"],
  ["4", "USDT"],
  ["1000SATS", "USDT"],
  ["LUNA", "USDT"],
  ["BTC", "USD"],
].map(([base, quote]) => ({
  symbol: `${base}-${quote}`,
  id: `${base}${quote}`,
  row: { baseAsset: base, quoteAsset: quote },
}));

const refused = (status: number, code: number, msg: string, headers = {}): PlayedAnswer => ({
  status,
  headers,
  body: { code, msg },
});
export const binanceBan = (seconds: number, untilMs: number): PlayedAnswer =>
  refused(418, -1003, `Way too much request weight used; IP banned until ${untilMs}. Please use WebSocket Streams.`, {
    "retry-after": String(seconds),
  });
export const binanceSlow = (seconds: number): PlayedAnswer =>
  refused(429, -1003, "Too much request weight used; current limit is 6000 request weight per 1 MINUTE.", {
    "retry-after": String(seconds),
  });
export const binanceElsewhere = refused(
  451,
  0,
  "Service unavailable from a restricted location according to 'b. Eligibility' in https://www.binance.com/en/terms.",
);

export const playBinance: Play = (url, market, pairs) => {
  const headers = { "x-mbx-used-weight": "21", "x-mbx-used-weight-1m": "21" };
  const ofId = (id: string | null) => pairs.find((pair) => pair.id === id);
  switch (url.pathname) {
    case "/api/v3/time":
      return { headers, body: { serverTime: market.now() } };
    case "/api/v3/exchangeInfo":
      return {
        headers,
        body: {
          timezone: "UTC",
          serverTime: market.now(),
          rateLimits: [],
          exchangeFilters: [],
          symbols: pairs.map(info),
        },
      };
    case "/api/v3/ticker/bookTicker": {
      const many = url.searchParams.get("symbols");
      const ids: string[] = many === null ? [url.searchParams.get("symbol") ?? ""] : JSON.parse(many);
      const found = ids.map(ofId);
      if (found.some((pair) => !pair)) return refused(400, -1121, "Invalid symbol.", headers);
      const rows = found.flatMap((pair) => {
        if (!pair) return [];
        const { bid, ask } = market.book(pair.symbol);
        return [{ symbol: pair.id, bidPrice: bid, bidQty: "1.00000000", askPrice: ask, askQty: "1.00000000" }];
      });
      return { headers, body: many === null ? rows[0] : rows };
    }
    case "/api/v3/klines": {
      const pair = ofId(url.searchParams.get("symbol"));
      if (!pair) return refused(400, -1121, "Invalid symbol.", headers);
      const step = STEPS[url.searchParams.get("interval") ?? ""];
      if (step === undefined) return refused(400, -1120, "Invalid interval.", headers);
      const from = Number(url.searchParams.get("startTime"));
      const rows = market
        .between(pair.symbol, from, Number(url.searchParams.get("endTime")), step, false)
        .slice(0, 1000);
      const row = (each: (typeof rows)[number]) => [
        each.openAt,
        each.open,
        each.high,
        each.low,
        each.close,
        each.volume,
        each.openAt + step - 1,
        "2434.19055334",
        each.trades,
        "1756.87402397",
        "28.46694368",
        "0",
      ];
      return { headers, body: rows.map(row) };
    }
    default:
      return { status: 404, headers, body: "<html><body>404</body></html>" };
  }
};

function info({ id, row }: PlayedPair) {
  return {
    symbol: id,
    status: "TRADING",
    baseAssetPrecision: 8,
    isSpotTradingAllowed: true,
    opoAllowed: true,
    filters: [
      { filterType: "PRICE_FILTER", minPrice: "0.01000000", maxPrice: "1000000.00000000", tickSize: "0.01000000" },
      { filterType: "LOT_SIZE", minQty: "0.00001000", maxQty: "9000.00000000", stepSize: "0.00001000" },
    ],
    permissions: [],
    permissionSets: [["SPOT"]],
    ...row,
  };
}
