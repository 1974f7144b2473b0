/** One interface for every source of prices. A source publishes candles into the database; rounds read them there. */
import type { Query } from "../db/query.ts";

/** A row of `candle_sources`. Times are ISO strings. */
export interface CandleSource {
  readonly id: string;
  readonly kind: "synthetic" | "files";
  readonly symbols: readonly string[];
  readonly intervalSeconds: number;
  readonly firstOpenAt: string;
  readonly lastOpenAt: string;
  readonly state: Readonly<Record<string, unknown>> | null;
}

export interface MarketSource {
  readonly kind: CandleSource["kind"];
  /**
   * Sees to it that every symbol's candles up to the one opening at `openAt` (epoch ms) are stored. Safe to call from
   * many isolates at once. 'missing' means that they will never come.
   */
  publish(query: Query, sourceId: string, openAt: number): Promise<"ready" | "not_yet" | "missing">;
}
