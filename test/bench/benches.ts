/** Every figure, in the order of a run. A new one is its file and one line here. */
import type { Bench } from "./bench.ts";
import { cycle } from "./cycle.ts";

export const benches: readonly Bench[] = [cycle];
