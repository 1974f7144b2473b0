/**
 * What a round shows of its market: last closes and indicators, computed once a round and symbol and shared by all
 * entries. Stored candles never change, so what was read stays in memory and only the newer ones are fetched.
 */
import type { Prices } from "../core/account.ts";
import { WARM_UP_CANDLES } from "../core/phases.ts";
import type { Query } from "../db/query.ts";
import { readWindow } from "../db/statements/candle-window.ts";
import { computeIndicators } from "../strategies/indicators.ts";
import type { Candle, Indicators } from "../strategies/strategy.ts";
import { aggregate, windowAt } from "../strategies/window.ts";

export interface MarketQuestion {
  readonly sourceId: string;
  readonly symbols: readonly string[];
  /** Of the stored candles. */
  readonly baseMs: number;
  /** Of the tournament. */
  readonly intervalMs: number;
  /** Epoch milliseconds: only candles closed at or before it are seen. */
  readonly dueMs: number;
}

export interface MarketView {
  readonly prices: Prices;
  readonly indicators: Readonly<Record<string, Indicators>>;
  readonly candles: Readonly<Record<string, Candle>>;
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

    const fromMs = dueMs - WARM_UP_CANDLES * intervalMs;
    const kept = await this.#read(query, marketKey, question, fromMs);
    const prices: Record<string, string> = {};
    const indicators: Record<string, Indicators> = {};
    const candles: Record<string, Candle> = {};
    for (const symbol of symbols) {
      const base = windowAt(kept.candles[symbol] ?? [], dueMs, WARM_UP_CANDLES * (intervalMs / baseMs), baseMs);
      const window = intervalMs === baseMs ? base : aggregate(base, baseMs, intervalMs, dueMs);
      const last = window.at(-1);
      if (!last || window.length < WARM_UP_CANDLES || last.openAt !== dueMs - intervalMs) {
        throw new Error(
          `${symbol} has ${window.length} of ${WARM_UP_CANDLES} candles before ${new Date(dueMs).toISOString()} in ${sourceId}`,
        );
      }
      prices[symbol] = last.close;
      candles[symbol] = last;
      indicators[symbol] = computeIndicators(window);
    }
    const view = { prices, indicators, candles };
    remember(this.#views, viewKey, view, VIEWS_KEPT);
    return view;
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
    remember(this.#markets, key, next, MARKETS_KEPT);
    return next;
  }
}

/** Keeps the newest ones. */
function remember<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}
