/** Checks snapshots and quotes against the stored candles. */
import { type Decimal, exact, one } from "./decimals.ts";
import type { CandleRow, QuoteRow, RoundRow, SnapshotRow } from "./rows.ts";
import { isoTime, type State } from "./state.ts";
import { type BookPrices, checkBook, isLiveVenue } from "./venue-quotes.ts";

export interface RoundPrices {
  /** Snapshot closes by symbol; null without a snapshot. */
  readonly closes: ReadonlyMap<string, Decimal> | null;
  /** Mids of the quote by symbol. */
  readonly mids: ReadonlyMap<string, Decimal>;
  /** The sides that orders fill at on a live venue, by symbol. Empty for other markets. */
  readonly books: ReadonlyMap<string, BookPrices>;
  /** Symbols that nobody traded when the quote was taken: no order fills. */
  readonly filled: ReadonlySet<string>;
}

export interface RoundMarket {
  readonly snapshot: SnapshotRow | undefined;
  readonly quotes: readonly QuoteRow[];
  readonly candles: readonly CandleRow[];
  /** The round has decisions, so it must have a snapshot. */
  readonly decided: boolean;
}

export function checkPrices(state: State, round: RoundRow, market: RoundMarket): RoundPrices {
  const books = new Map<string, BookPrices>();
  return {
    closes: checkSnapshot(state, round, market),
    mids: checkQuotes(state, round, market, books),
    books,
    filled: new Set(market.quotes.filter((quote) => quote.filled).map((quote) => quote.symbol)),
  };
}

const priced = (round: RoundRow) => round.state === "quoted" || round.state === "settled";

function checkSnapshot(state: State, round: RoundRow, market: RoundMarket): ReadonlyMap<string, Decimal> | null {
  const { report, tournament } = state;
  const row = { table: "snapshots", key: `round ${round.number}` };
  const needed = market.decided || round.state === "closed" || priced(round);
  if (!market.snapshot) {
    if (needed) report.holds(row, false, "a row", null, "is missing");
    return null;
  }
  const closes = new Map<string, Decimal>();
  const stored = new Map(market.candles.map((candle) => [candle.symbol, candle]));
  for (const symbol of tournament.symbols) {
    const shown = market.snapshot.candles[symbol];
    const one = { table: "snapshots", key: `round ${round.number}, ${symbol}` };
    report.holds(one, shown !== undefined, "a candle", null, "is missing");
    const close = shown?.close;
    if (typeof close === "string") closes.set(symbol, exact(close));
    const candle = stored.get(symbol);
    if (!shown || !candle || !candlesWhole(state, round, candle)) continue;
    for (const column of ["open", "high", "low", "close", "volume"] as const) {
      const value = shown[column];
      const expected = candle[column];
      // Only the close is used; the others are compared where a snapshot has them.
      if ((value === undefined && column !== "close") || expected === null) continue;
      const found = typeof value === "string" ? value : null;
      report.money(one, `candles.${column}`, exact(expected), found, `from ${candleName(candle)}`);
    }
  }
  return closes;
}

/** Whether all base candles of the interval before the due time are stored, up to the one that closes at the due time. */
function candlesWhole(state: State, round: RoundRow, candle: CandleRow): boolean {
  const { report, tournament } = state;
  const base = candle.base_seconds;
  if (base === null) return candle.count > 0;
  const wanted = tournament.interval_seconds / base;
  const last = round.due - base * 1_000_000;
  const key = `${candle.source}, ${candle.symbol}, ${isoTime(last)}`;
  const whole = candle.count === wanted && candle.last_open === last;
  const says = `or one of the ${wanted} that end with it is missing, but the snapshot of round ${round.number} shows it`;
  report.holds({ table: "candles", key }, whole, String(wanted), String(candle.count), says);
  return whole;
}

function candleName(candle: CandleRow): string {
  const opened = candle.last_open === null ? "none" : isoTime(candle.last_open);
  return `candles ${candle.source}, ${candle.symbol}, ${opened}`;
}

/** Puts the sides of a live venue's books into `books`. */
function checkQuotes(
  state: State,
  round: RoundRow,
  market: RoundMarket,
  books: Map<string, BookPrices>,
): ReadonlyMap<string, Decimal> {
  const { report, tournament, rules } = state;
  const mids = new Map<string, Decimal>();
  const quotes = new Map(market.quotes.map((quote) => [quote.symbol, quote]));
  const stored = new Map(market.candles.map((candle) => [candle.symbol, candle]));
  for (const symbol of quotes.keys()) {
    const row = { table: "quotes", key: `round ${round.number}, ${symbol}` };
    report.holds(row, tournament.symbols.includes(symbol), null, symbol, "is not a symbol of the tournament");
  }
  for (const symbol of tournament.symbols) {
    const row = { table: "quotes", key: `round ${round.number}, ${symbol}` };
    const quote = quotes.get(symbol);
    if (!quote) {
      if (priced(round)) report.holds(row, false, "a row", null, "is missing");
      continue;
    }
    const mid = exact(quote.mid);
    mids.set(symbol, mid);
    if (isLiveVenue(tournament.market)) {
      books.set(symbol, checkBook(state, row, quote));
      continue;
    }
    report.money(row, "bid", mid.times(one.minus(rules.halfSpread)), quote.bid, "from its mid");
    report.money(row, "ask", mid.times(one.plus(rules.halfSpread)), quote.ask, "from its mid");
    const open = stored.get(symbol)?.fill_open ?? null;
    const candle = `${tournament.source}, ${symbol}, ${isoTime(round.due)}`;
    if (open === null) {
      const says = `is missing, but the quote of round ${round.number} was taken from it`;
      report.holds({ table: "candles", key: candle }, false, "a row", null, says);
    } else {
      report.money(row, "mid", exact(open), quote.mid, `from the open of candles ${candle}`);
      const marked = stored.get(symbol)?.fill_filled === true;
      report.same(row, "filled", marked, quote.filled, `from the mark of candles ${candle}`);
    }
  }
  return mids;
}
