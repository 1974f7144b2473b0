/** The shapes of what the run and its deployed Worker exchange. */
import { z } from "zod";

/** `delayMs` delays the second delivery (twice), the only one (late), or what a hanging consumer does next (hang). */
export const Transport = z.object({ act: z.enum(["pass", "lose", "twice", "late", "hang"]), delayMs: z.number() });
export type Transport = z.infer<typeof Transport>;

/** What the crons `EVICT` and `POISON` are to do. */
export const Order = z.object({
  agents: z.array(z.string()),
  arenas: z.array(z.string()),
  beat: z.boolean(),
  messages: z.array(z.unknown()),
});
export type Order = z.infer<typeof Order>;
export const EVICT = "chaos evict";
export const POISON = "chaos poison";
