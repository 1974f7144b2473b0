/** Every figure, in the order of a run. A new one is its file and one line here. */
import type { Bench } from "./bench.ts";
import { cycle } from "./cycle.ts";
import { latency } from "./latency.ts";
import { noop } from "./noop.ts";
import { rank } from "./rank.ts";
import { statements } from "./statements.ts";
import { status } from "./status.ts";

export const benches: readonly Bench[] = [cycle, noop, latency, rank, status, statements];
