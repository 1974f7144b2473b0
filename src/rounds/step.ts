/** What `advance` does next: another step at once, or a wait. */
import type { Look } from "../db/statements/rounds/look.ts";

/** After its own step a call knows what the row says now (`look`) and need not read it: the next step is guarded. */
export type Step =
  | { readonly go: "on"; readonly look?: Look }
  | { readonly go: "wait"; readonly afterMs: number | null };
export const on: Step = { go: "on" };
export const onwards = (look: Look): Step => ({ go: "on", look });
export const wait = (afterMs: number | null): Step => ({
  go: "wait",
  afterMs: afterMs === null ? null : Math.max(1, Math.ceil(afterMs)),
});
