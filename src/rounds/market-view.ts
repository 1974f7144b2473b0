/**
 * What a round shows of its market: last closes and indicators, computed once a round and symbol and shared by all
 * entries. Stored candles never change, so what was read stays in memory and only the newer ones are fetched.
 */
import type { Prices } from "../core/account.ts";
import type { Candle, Indicators } from "../core/candle.ts";
import { isPrice } from "../core/column-bounds.ts";
import { keepNewest } from "../core/keep-newest.ts";
import { LOOK_BACK_CANDLES, WARM_UP_CANDLES } from "../core/phases.ts";
import type { Query } from "../db/query.ts";
import { readWindow } from "../db/statements/markets/candle-window.ts";
import { computeIndicators } from "../strategies/indicators.ts";
import { aggregate, windowAt } from "../strategies/window.ts";
import { UnusableMarket } from "./unusable-market.ts";

export interface MarketQuestion {
  readonly sourceId: string;
  readonly symbols: readonly string[];
  /** The interval of the stored candles. */
  readonly baseMs: number;
  /** The interval of the tournament. */
  readonly intervalMs: number;
  /** Epoch milliseconds: only candles closed at or before it are seen. */
  readonly dueMs: number;
  /** The candles may have gaps, as a venue's have after a halt: the window reaches further back then. */
  readonly hasGaps?: boolean;
  /** Before the tournament's start, when part of the window isn't there yet: for rehearsals alone. */
  readonly warmingUp?: boolean;
}

export interface MarketView {
  readonly prices: Prices;
  /** The closes before the last ones. */
  readonly before: Prices;
  readonly indicators: Readonly<Record<string, Indicators>>;
  /** The last closed candle. */
  readonly candles: Readonly<Record<string, Candle>>;
  /** The last WARM_UP_CANDLES closed candles of the tournament's interval, the oldest first. */
  readonly windows: Readonly<Record<string, readonly Candle[]>>;
}

const MARKETS_KEPT = 16;
const VIEWS_KEPT = 32;

interface Kept {
  /** Ascending, without gaps, by symbol. */
  candles: Record<string, Candle[]>;
  fromMs: number;
  toMs: number;
}

export class MarketViews {
  readonly #markets = new Map<string, Kept>();
  readonly #views = new Map<string, MarketView>();

  /** Throws when a symbol lacks a candle of its window: rounds are opened only after they were published. */
  async at(query: Query, question: MarketQuestion): Promise<MarketView> {
    const { sourceId, symbols, baseMs, intervalMs, dueMs } = question;
    const marketKey = `${sourceId} ${symbols.join(" ")}`;
    const viewKey = `${marketKey} ${intervalMs} ${dueMs}`;
    const known = this.#views.get(viewKey);
    if (known) return known;

    const fromMs = dueMs - (question.hasGaps ? LOOK_BACK_CANDLES : WARM_UP_CANDLES) * intervalMs;
    const kept = await this.#read(query, marketKey, question, fromMs);
    const prices: Record<string, string> = {};
    const before: Record<string, string> = {};
    const indicators: Record<string, Indicators> = {};
    const candles: Record<string, Candle> = {};
    const windows: Record<string, readonly Candle[]> = {};
    for (const symbol of symbols) {
      const base = windowAt(kept.candles[symbol] ?? [], dueMs, WARM_UP_CANDLES * (intervalMs / baseMs), baseMs);
      const closed = intervalMs === baseMs ? base : aggregate(base, baseMs, intervalMs, dueMs);
      const window = question.warmingUp ? lengthened(closed, intervalMs) : closed;
      const last = window.at(-1);
      if (!last || window.length < WARM_UP_CANDLES || last.openAt !== dueMs - intervalMs) {
        throw new UnusableMarket(
          `${symbol} has ${window.length} of ${WARM_UP_CANDLES} candles before ${new Date(dueMs).toISOString()} in ${sourceId}`,
        );
      }
      if (!isPrice(last.close)) throw new UnusableMarket(`${symbol} closes at ${last.close}, which is no price`);
      const figures = computeIndicators(window);
      // JSON has no such number: an agent could not be asked, and would be said to have missed.
      const endless = Object.entries(figures).find(([, figure]) => !Number.isFinite(figure));
      if (endless) throw new UnusableMarket(`${symbol} has candles whose ${endless.join(" is ")}`);
      prices[symbol] = last.close;
      before[symbol] = window.at(-2)?.close ?? last.open;
      candles[symbol] = last;
      windows[symbol] = window.slice(-WARM_UP_CANDLES);
      indicators[symbol] = figures;
    }
    const view = { prices, before, indicators, candles, windows };
    keepNewest(this.#views, viewKey, view, VIEWS_KEPT);
    return view;
  }

  /**
   * Reads the candles of rounds due in [`question.dueMs`, `toMs`] at once, so that `at` asks the database for none of them. All
   * candles up to `toMs` must have been published.
   */
  async ahead(query: Query, question: MarketQuestion, toMs: number): Promise<void> {
    const fromMs = question.dueMs - WARM_UP_CANDLES * question.intervalMs;
    await this.#read(query, `${question.sourceId} ${question.symbols.join(" ")}`, { ...question, dueMs: toMs }, fromMs);
  }

  async #read(query: Query, key: string, question: MarketQuestion, fromMs: number): Promise<Kept> {
    const { sourceId, symbols, dueMs } = question;
    const kept = this.#markets.get(key);
    if (kept && kept.fromMs <= fromMs && kept.toMs >= dueMs) return kept;
    // Only candles up to the due time were promised to be there; nothing later is kept, or a hole could be kept too.
    const goesOn = kept !== undefined && kept.fromMs <= fromMs && kept.toMs >= fromMs;
    const fresh = await readWindow(query, sourceId, symbols, goesOn ? kept.toMs : fromMs, dueMs);
    const next: Kept = { candles: {}, fromMs, toMs: dueMs };
    for (const symbol of symbols) {
      const older = goesOn ? (kept.candles[symbol] ?? []).filter((candle) => candle.openAt >= fromMs) : [];
      next.candles[symbol] = [...older, ...(fresh[symbol] ?? [])];
    }
    keepNewest(this.#markets, key, next, MARKETS_KEPT);
    return next;
  }
}

/** A window that has begun already, as if the market had stood still before its first candle: indicators need a whole one. */
function lengthened(window: readonly Candle[], intervalMs: number): readonly Candle[] {
  const [first] = window;
  if (!first) return window;
  const { open } = first;
  const still = Array.from({ length: Math.max(0, WARM_UP_CANDLES - window.length) }, (_, n) => ({
    openAt: first.openAt - (n + 1) * intervalMs,
    open,
    high: open,
    low: open,
    close: open,
    volume: "0",
  }));
  return [...still.reverse(), ...window];
}
