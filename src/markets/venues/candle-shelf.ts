/**
 * Brings the closed candles of a venue into the database, each once for all tournaments. Closed is what the venue's clock says.
 */
import type { Candle } from "../../core/candle.ts";
import { LOOK_BACK_CANDLES } from "../../core/phases.ts";
import { appendVenueCandles, newestCandles, type VenueCandle } from "../../db/statements/venues/candles.ts";
import type { Fault } from "./faults.ts";
import type { Line } from "./line.ts";
import { sameCandle } from "./numbers.ts";
import type { PairList } from "./pair-list.ts";
import { Recent, type Standing, Tries } from "./tries.ts";
import { type CandleRow, isBad, type Listed } from "./venue.ts";

const ROUNDS_KEPT = 4_000;
/** The list is read again after an hour, or once in a round where the venue says there what may be traded. */
const LIST_KEPT_MS = 3_600_000;

export interface CandleAsk {
  readonly symbol: string;
  readonly intervalSeconds: number;
  /** The newest candle that is wanted closes at it. Epoch milliseconds. */
  readonly dueMs: number;
}

export function venueSourceId(venue: string, baseSeconds: number): string {
  return `${venue}:${baseSeconds}`;
}

export class CandleShelf {
  readonly #line: Line;
  readonly #list: PairList;
  readonly #tries = new Recent<Tries<Candle>>(ROUNDS_KEPT);
  /** The newest candle that is stored, by source and symbol. */
  readonly #newest = new Map<string, Candle>();
  /** The newest round for which the list was read, and the reading. */
  #listed: { readonly dueMs: number; readonly read: Promise<Fault | null> } | null = null;

  constructor(line: Line, list: PairList) {
    this.#line = line;
    this.#list = list;
  }

  /** Has the candles up to the one that closes at `dueMs` stored. Answers with that candle, or what came of trying. */
  async bring(ask: CandleAsk): Promise<Standing<Candle>> {
    const { symbol, intervalSeconds, dueMs } = ask;
    const tries = this.#tries.of(`${symbol} ${intervalSeconds} ${dueMs}`, () => new Tries<Candle>());
    await tries.run(this.#line.now, () => this.#try(ask));
    return tries.standing(this.#line.now());
  }

  async #try({ symbol, intervalSeconds, dueMs }: CandleAsk): Promise<{ readonly value: Candle } | Fault> {
    const { venue } = this.#line;
    const baseMs = venue.baseSeconds(intervalSeconds) * 1000;
    const wantedAt = dueMs - baseMs;
    const sourceId = venueSourceId(venue.name, baseMs / 1000);
    const pair = await this.#pairOf(symbol, dueMs);
    if ("kind" in pair) return pair;
    const stored = await this.#stored(sourceId, symbol);
    if (stored && stored.openAt >= wantedAt) return { value: stored };
    const early = await this.#stillOpen(dueMs);
    if (early) return early;
    const lookBackMs = Math.max(LOOK_BACK_CANDLES * intervalSeconds * 1000, venue.pageRows * baseMs);
    const from = Math.max(dueMs - lookBackMs, stored?.openAt ?? Number.NEGATIVE_INFINITY);
    const rows = await this.#collect(pair, baseMs, from, wantedAt);
    if ("kind" in rows) return rows;
    const closed = this.#closedOnly(rows, baseMs, from);
    if ("kind" in closed) return closed;
    // What was stored long ago is no neighbour: nothing is filled in between.
    const near = stored && stored.openAt >= from ? stored : undefined;
    const wrong = closed.filter(isBad).find(({ openAt }) => openAt === wantedAt);
    const whole = await this.#whole(pair, closed, near, baseMs, wantedAt);
    const fresh = whole.candles.filter(({ openAt }) => !stored || openAt > stored.openAt);
    if (fresh.length > 0) {
      await appendVenueCandles(this.#line.query, sourceId, symbol, fresh);
      const last = fresh.at(-1);
      if (last) this.#newest.set(`${sourceId} ${symbol}`, last);
    }
    const wanted = whole.candles.find(({ openAt }) => openAt === wantedAt);
    if (wanted) return { value: wanted };
    if (wrong) return this.#line.fault("doubtful", wrong.says, JSON.stringify(wrong));
    if (whole.fault) return whole.fault;
    // The venue may have set its clock: it is asked for again before the candle counts as late.
    await this.#line.knowClock(5_000);
    return (
      (await this.#stillOpen(dueMs)) ?? this.#line.fault("late", "has no candle that closes at the round's due time")
    );
  }

  /** The pair, if the venue trades it now. */
  async #pairOf(symbol: string, dueMs: number): Promise<Listed | Fault> {
    if (this.#line.venue.listEachRound && (this.#listed === null || dueMs > this.#listed.dueMs)) {
      this.#listed = { dueMs, read: this.#list.know(0) };
    }
    await this.#listed?.read;
    const fault = await this.#list.know(LIST_KEPT_MS);
    if (fault) return fault;
    const pair = this.#list.get(symbol);
    if (!pair) return this.#line.fault("unknown_symbol", "does not list the symbol");
    return pair.tradable
      ? pair
      : this.#line.fault("not_tradable", `does not trade the symbol now (${pair.status})`, pair.status);
  }

  async #stored(sourceId: string, symbol: string): Promise<Candle | undefined> {
    const key = `${sourceId} ${symbol}`;
    const known = this.#newest.get(key);
    if (known) return known;
    const stored = (await newestCandles(this.#line.query, sourceId, [symbol])).get(symbol);
    if (stored) this.#newest.set(key, stored);
    return stored;
  }

  /** The fault while the venue's clock has not reached the close. */
  async #stillOpen(dueMs: number): Promise<Fault | null> {
    const unknown = await this.#line.knowClock();
    if (unknown) return unknown;
    if (this.#line.venueNow() >= dueMs) return null;
    // Its clock may have been set meanwhile.
    const again = await this.#line.knowClock(1_000);
    const untilMs = dueMs - this.#line.venueNow();
    if (again || untilMs <= 0) return again;
    const behind = Math.round(-(this.#line.skewMs ?? 0) / 1000);
    const says = behind > 2 ? "has a clock behind ours: the candle is open there" : "has not closed the candle yet";
    const fault = this.#line.fault("open", says, `its clock is ${behind} s behind ours`);
    return { ...fault, waitMs: Math.min(untilMs + 250, 10_000) };
  }

  /** The rows from `from` to `to`, in pages, each time once. */
  async #collect(pair: Listed, baseMs: number, from: number, to: number): Promise<CandleRow[] | Fault> {
    const { venue } = this.#line;
    const rows = new Map<number, CandleRow>();
    for (let start = from; start <= to; start += venue.pageRows * baseMs) {
      const end = Math.min(to, start + (venue.pageRows - 1) * baseMs);
      const path = venue.candlesPath(pair, baseMs / 1000, start, end);
      const asked = await this.#line.ask(path, ({ body }) => venue.readCandles(body, pair));
      if ("kind" in asked) return asked;
      for (const row of asked.value) rows.set(row.openAt, row);
    }
    return [...rows.values()].sort((a, b) => a.openAt - b.openAt);
  }

  /** Rows that are closed by the venue's clock and lie in the range. */
  #closedOnly(rows: readonly CandleRow[], baseMs: number, from: number): CandleRow[] | Fault {
    if (rows.some(({ openAt }) => openAt % baseMs !== 0)) {
      return this.#line.fault("doubtful", "sent a candle that opens off the interval's grid");
    }
    const now = this.#line.venueNow();
    return rows.filter(({ openAt }) => openAt >= from && openAt + baseMs <= now);
  }

  /**
   * Fills in the candles in which nobody traded, where the venue leaves them out. In a venue that has a row for each of them a
   * missing row is a halt, and stays a gap. So is a row that can't be believed, in every venue.
   */
  async #whole(
    pair: Listed,
    all: readonly CandleRow[],
    stored: Candle | undefined,
    baseMs: number,
    wantedAt: number,
  ): Promise<{ readonly candles: VenueCandle[]; readonly fault: Fault | null }> {
    const rows = all.flatMap((row): Candle[] => (isBad(row) ? [] : [row]));
    const wrongAt = new Set(all.filter(isBad).map(({ openAt }) => openAt));
    const overlap = stored && rows.find(({ openAt }) => openAt === stored.openAt);
    if (stored && overlap && !sameCandle(stored, overlap)) {
      const says = "changed a candle that was stored; the stored one stays";
      await this.#line.report(this.#line.fault("changed", says, JSON.stringify({ stored, now: overlap })), pair.symbol);
    }
    const newer = rows.filter(({ openAt }) => !stored || openAt > stored.openAt);
    const real: VenueCandle[] = newer.map((row) => ({ ...row, filled: isFlat(row) }));
    const { lastTrade } = this.#line.venue;
    if (!lastTrade) return { candles: stored ? [{ ...stored, filled: false }, ...real] : real, fault: null };
    const candles: VenueCandle[] = stored ? [{ ...stored, filled: false }] : [];
    for (const row of real) {
      fillUpTo(candles, row.openAt, baseMs, wrongAt);
      candles.push(row);
    }
    const last = candles.at(-1);
    if (!last || last.openAt >= wantedAt) return { candles, fault: null };
    const asked = await this.#line.ask(lastTrade.path(pair), ({ body }) => lastTrade.read(body));
    if ("kind" in asked) return { candles, fault: asked };
    // A trade since then: the candle exists and comes late.
    if (asked.value === null || asked.value >= last.openAt + baseMs) return { candles, fault: null };
    fillUpTo(candles, wantedAt + baseMs, baseMs, wrongAt);
    return { candles, fault: null };
  }
}

/** A row in which nobody traded: the venue repeats the last close. */
function isFlat({ open, high, low, close, volume }: Candle): boolean {
  return Number(volume) === 0 && open === close && high === close && low === close;
}

/** Appends flat candles behind the last one, up to the one that opens at `openAt`, or to a row that can't be believed. */
function fillUpTo(candles: VenueCandle[], openAt: number, baseMs: number, wrongAt: ReadonlySet<number>): void {
  for (;;) {
    const last = candles.at(-1);
    if (!last || last.openAt + baseMs >= openAt || wrongAt.has(last.openAt + baseMs)) return;
    const { close } = last;
    candles.push({
      openAt: last.openAt + baseMs,
      open: close,
      high: close,
      low: close,
      close,
      volume: "0",
      filled: true,
    });
  }
}
