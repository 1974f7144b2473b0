/** Adds up the stored differences that /metrics is made of. Pure. */
import type { MetricRows } from "../../db/statements/metrics/read.ts";
import type { Timing } from "./open-metrics.ts";

type Deltas = MetricRows["deltas"];
export const total = (deltas: Deltas) => deltas.reduce((sum, delta) => sum + delta.n, 0);

/** One timing a name, with its buckets from the rows of that name. */
export function timings(deltas: Deltas, label: string, names: readonly string[]): Timing[] {
  return names.map((name) => {
    const own = deltas.filter((delta) => delta.name === name);
    const buckets = new Map<number, number>();
    for (const { le, n } of own) {
      const bound = le ?? Number.POSITIVE_INFINITY;
      buckets.set(bound, (buckets.get(bound) ?? 0) + n);
    }
    return { labels: { [label]: name }, buckets, sum: own.reduce((sum, delta) => sum + delta.micros, 0) / 1e6 };
  });
}
