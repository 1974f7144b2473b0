/** Where the live feed is: what was announced last, and what is kept of it. As JSON, by whoever announces. */
import { z } from "zod";

export const feedCursor = z.object({
  /** The tournament event as it was sent. */
  tournament: z.string(),
  /** −1 before the first. */
  round: z.number(),
  state: z.enum(["scheduled", "open", "closed", "quoted", "settled", "skipped"]).nullable(),
  /** Of the open round. */
  decided: z.number(),
  markedAt: z.string().nullable(),
  /** The prices as they were sent. */
  prices: z.string(),
});
export type FeedCursor = z.infer<typeof feedCursor>;

export const feedLogState = z.object({
  /** Of this log: a token of another one is foreign. */
  epoch: z.string(),
  seq: z.number(),
  /** Tokens below it can't be resumed: what followed them is gone. */
  floor: z.number(),
  cursor: feedCursor,
});
export type FeedLogState = z.infer<typeof feedLogState>;
