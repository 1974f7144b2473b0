/**
 * Whether a live round's work fits into its times: decisions between the due time and the deadline, fills and settlement
 * between the deadline and the next due time. A replay has no deadline and takes as long as it takes.
 */
import { isReplay, jitterCapMs, windowMs } from "./phases.ts";

/**
 * Live, 5,000 entries are decided within 8 s on two cores with everything on them, 1.6 ms each (docs/performance.md), in
 * turns with others' rounds; a deployment's consumers work side by side, and its database is further away.
 */
export const costs = {
  decisionMs: 1.7,
  fillMs: 1,
  /** Opening, snapshot, quote and settlement, whoever takes part. */
  roundMs: 100,
} as const;

export interface Capacity {
  readonly needsMs: number;
  readonly hasMs: number;
  /** 1 is full. */
  readonly load: number;
  /** The arithmetic, in words. */
  readonly sentence: string;
}

/** The tighter of the two spans; null in a replay. */
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

/** Why so many entries are too many, in a sentence with the shortest interval that would do; null when they fit. */
export function overCapacity(market: string, intervalSeconds: number, entries: number): string | null {
  const capacity = capacityOf(market, intervalSeconds, entries);
  if (capacity === null || capacity.load <= 1) return null;
  const enough = shortestInterval(market, intervalSeconds, entries);
  const way = enough === null ? "Take fewer." : `Take fewer, or an interval of ${enough} s or more.`;
  return `${capacity.sentence}. ${way}`;
}

function shortestInterval(market: string, from: number, entries: number): number | null {
  for (let interval = from; interval <= 86_400; interval = Math.ceil(interval * 1.1)) {
    if ((capacityOf(market, interval, entries)?.load ?? 0) <= 1) return interval;
  }
  return null;
}
