/** One interface for every source of prices. A source publishes candles into the database; rounds read them there. */
import type { Query } from "../db/query.ts";
import type { CandleSource } from "../db/statements/candle-source-read.ts";

export type { CandleSource } from "../db/statements/candle-source-read.ts";

export interface MarketSource {
  readonly kind: CandleSource["kind"];
  /**
   * Sees to it that every symbol's candles up to the one opening at `openAt` (epoch ms) are stored. Safe to call from
   * many isolates at once. 'missing' means that they will never come.
   */
  publish(query: Query, sourceId: string, openAt: number): Promise<"ready" | "not_yet" | "missing">;
}
