/** Coinbase Exchange: rows of numbers, newest first, the low before the high; quiet minutes are left out. */
import type { Play, PlayedAnswer, PlayedPair } from "./server.ts";

const GRANULARITIES = [60, 300, 900, 3600, 21_600, 86_400];
const ROWS_MAX = 301;

export const coinbasePairs: PlayedPair[] = ["BTC-USD", "ETH-USD", "SOL-USD", "ETH-BTC", "DOGE-USD"].map((symbol) => ({
  symbol,
  id: symbol,
}));

const message = (status: number, text: string): PlayedAnswer => ({ status, body: { message: text } });

/** Nine digits behind the second, as the venue writes them. */
const nine = (ms: number) => new Date(ms).toISOString().replace("Z", "789012Z");

export const playCoinbase: Play = (url, market, pairs) => {
  const [, top, id, what] = url.pathname.split("/");
  if (top === "time") return { body: { iso: new Date(market.now()).toISOString(), epoch: market.now() / 1000 } };
  if (top !== "products") return message(404, "NotFound");
  if (id === undefined) return { body: pairs.map(product) };
  const pair = pairs.find((each) => each.id === decodeURIComponent(id));
  if (!pair) return message(404, "NotFound");
  if (pair.row?.status === "delisted") return message(400, "Not allowed for delisted products");
  if (what === "book") {
    const { bid, ask } = market.book(pair.symbol);
    return {
      body: {
        bids: [[bid, "1.5", 3]],
        asks: [[ask, "0.7", 2]],
        sequence: 1234,
        auction_mode: pair.row?.auction_mode === true,
        auction: null,
        time: nine(market.now()),
      },
    };
  }
  if (what === "trades") {
    return {
      body: [{ trade_id: 1, side: "buy", size: "0.1", price: "1", time: nine(market.lastTradeAt(pair.symbol)) }],
    };
  }
  if (what !== "candles") return message(404, "NotFound");
  const granularity = Number(url.searchParams.get("granularity"));
  if (!GRANULARITIES.includes(granularity)) return message(400, "Unsupported granularity");
  const [start, end] = [url.searchParams.get("start"), url.searchParams.get("end")].map((time) =>
    Date.parse(time ?? ""),
  );
  const step = granularity * 1000;
  const ranged = Number.isFinite(start) && Number.isFinite(end);
  const to = ranged ? (end ?? 0) : market.now();
  const from = ranged ? (start ?? 0) : market.now() - 350 * step;
  if (ranged && (to - from) / step >= ROWS_MAX) {
    const text = "granularity too small for the requested time range. Count of aggregations requested exceeds 300";
    return message(400, text);
  }
  const rows = market.between(pair.symbol, from, to, step, true);
  // Numbers stand in the text as the venue writes them.
  const body = rows
    .toReversed()
    .map(
      (row) => `[${row.openAt / 1000},${[row.low, row.high, row.open, row.close, row.volume].map(number).join(",")}]`,
    );
  return { body: `[${body.join(",")}]` };
};

/** Zeros at the end are dropped. A text that is no plain decimal stays as a test wrote it. */
function number(text: string): string {
  return /^\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, "") : text;
}

function product({ symbol, id, row }: PlayedPair) {
  const [base, quote] = symbol.split("-");
  return {
    id,
    base_currency: base,
    quote_currency: quote,
    quote_increment: "0.01",
    base_increment: "0.00000001",
    display_name: symbol,
    min_market_funds: "1",
    margin_enabled: false,
    post_only: false,
    limit_only: false,
    cancel_only: false,
    status: "online",
    status_message: "",
    trading_disabled: false,
    fx_stablecoin: false,
    max_slippage_percentage: "0.02000000",
    auction_mode: false,
    high_bid_limit_percentage: "",
    ...row,
  };
}
