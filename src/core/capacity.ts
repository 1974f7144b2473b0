/**
 * Whether the work of a live round fits into its two spans. Decisions must fit between the due time and the deadline. Fills
 * and settlement must fit between the deadline and the next due time. A replay has no deadline, so any number of entries fits.
 */
import { isReplay, jitterCapMs, windowMs } from "./phases.ts";

/**
 * The time that each part of a round takes. The measurement: two cores that also run the database decide 5,000 entries
 * in 8 s, which is 1.6 ms each (docs/performance.md). A deployment has more consumers, and its database is further away.
 */
export const costs = {
  decisionMs: 1.7,
  fillMs: 1,
  /** Opening, snapshot, quote and settlement, for any number of entries. */
  roundMs: 100,
} as const;

export interface Capacity {
  readonly needsMs: number;
  readonly hasMs: number;
  /** needsMs / hasMs. The work does not fit when this is above 1. */
  readonly load: number;
  /** The arithmetic as a sentence. */
  readonly sentence: string;
}

/** The capacity of the span with the higher load, before or after the deadline. Null in a replay. */
export function capacityOf(market: string, intervalSeconds: number, entries: number): Capacity | null {
  if (isReplay(market)) return null;
  const window = windowMs(intervalSeconds);
  const spread = jitterCapMs(intervalSeconds);
  const deciding = part(spread + entries * costs.decisionMs, window);
  const rest = intervalSeconds * 1000 - window;
  const filling = part(costs.roundMs + entries * costs.fillMs, rest);
  const number = entries.toLocaleString("en-US");
  if (deciding.load >= filling.load) {
    const sentence =
      `${number} entries need ${seconds(deciding.needsMs)} s to decide (${seconds(spread)} s for spreading out and sending again, and ` +
      `${costs.decisionMs} ms each), and a round of ${intervalSeconds} s leaves ${seconds(window)} s until its deadline`;
    return { ...deciding, sentence };
  }
  const sentence =
    `${number} entries need ${seconds(filling.needsMs)} s to be filled and settled (${seconds(costs.roundMs)} s and ` +
    `${costs.fillMs} ms each), and a round of ${intervalSeconds} s leaves ${seconds(rest)} s after its deadline`;
  return { ...filling, sentence };
}

function part(needsMs: number, hasMs: number) {
  return { needsMs, hasMs, load: needsMs / hasMs };
}

const seconds = (ms: number): string => String(Math.round(ms / 10) / 100);

/** A sentence that says why there are too many entries and which interval would be long enough; null when they fit. */
export function overCapacity(market: string, intervalSeconds: number, entries: number): string | null {
  const capacity = capacityOf(market, intervalSeconds, entries);
  if (capacity === null || capacity.load <= 1) return null;
  const enough = shortestInterval(market, intervalSeconds, entries);
  const way = enough === null ? "Take fewer entries." : `Take fewer entries, or an interval of ${enough} s or more.`;
  return `${capacity.sentence}. ${way}`;
}

function shortestInterval(market: string, from: number, entries: number): number | null {
  for (let interval = from; interval <= 86_400; interval = Math.ceil(interval * 1.1)) {
    if ((capacityOf(market, interval, entries)?.load ?? 0) <= 1) return interval;
  }
  return null;
}
