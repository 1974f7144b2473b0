/** The interface of every source of prices. A source writes candles into the database, and rounds read the candles there. */
import type { VenueName } from "../core/venue-names.ts";
import type { Query } from "../db/query.ts";
import type { CandleSource } from "../db/statements/markets/read-candle-source.ts";

export type { CandleSource } from "../db/statements/markets/read-candle-source.ts";

/** Sources whose candles are made, or all stored. Those of a live venue come through its desk: venues/venue-desk.ts. */
export type StoredKind = Exclude<CandleSource["kind"], VenueName>;

export interface MarketSource {
  readonly kind: StoredKind;
  /**
   * Makes sure that the candles of every symbol are stored, up to the one that opens at `openAt` (epoch ms). Many isolates may
   * call it at the same time. 'missing' means that the candles will never come.
   */
  publish(query: Query, sourceId: string, openAt: number): Promise<"ready" | "not_yet" | "missing">;
}
