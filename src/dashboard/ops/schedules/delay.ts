/** How long after its due time a tick fired, in words that agree with its outcome. Pure. */
import { spanText } from "../../parts/text/time-text.ts";

/** Clocks look every few seconds, so a smaller delay is none. */
const DELAY_SECONDS = 10;

/** Seconds from the due time to the firing, never negative. */
export const delaySeconds = (dueAt: string, firedAt: string): number =>
  Math.max(0, (Date.parse(firedAt) - Date.parse(dueAt)) / 1000);

/** Null where the tick did not run, or without a delay. Only the outcome `late` is late. */
export function delayWords(outcome: string, dueAt: string, firedAt: string | null): string | null {
  const delay = firedAt === null ? 0 : delaySeconds(dueAt, firedAt);
  if (delay <= DELAY_SECONDS || (outcome !== "fired" && outcome !== "late")) return null;
  return `${spanText(Math.round(delay))} ${outcome === "late" ? "late" : "after it was due"}`;
}
