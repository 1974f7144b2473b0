/** How far the live feed of a tournament has come: what was announced last, and which frames are kept. Stored as JSON. */
import { z } from "zod";

export const feedCursor = z.object({
  /** The tournament event as it was sent. */
  tournament: z.string(),
  /** −1 before the first. */
  round: z.number(),
  state: z.enum(["scheduled", "open", "closed", "quoted", "settled", "skipped"]).nullable(),
  /** How many have decided in the open round. */
  decided: z.number(),
  markedAt: z.string().nullable(),
  /** The prices as they were sent. */
  prices: z.string(),
});
export type FeedCursor = z.infer<typeof feedCursor>;

export const feedLogState = z.object({
  /** The id of this log. Tokens of another log are foreign. */
  epoch: z.string(),
  seq: z.number(),
  /** Tokens with a lower `seq` can't be resumed: the frames after them are gone. */
  floor: z.number(),
  cursor: feedCursor,
});
export type FeedLogState = z.infer<typeof feedLogState>;
