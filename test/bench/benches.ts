/** Every figure, in the order of a run. A new figure is a file and one line here. */
import type { Bench } from "./bench.ts";
import { cycle } from "./cycle.ts";
import { doors } from "./doors.ts";
import { growthEntries, growthHistory } from "./growth.ts";
import { latency } from "./latency.ts";
import { neighbour } from "./neighbour.ts";
import { noop } from "./noop.ts";
import { rank } from "./rank.ts";
import { recover } from "./recover.ts";
import { replay, replayLong } from "./replay.ts";
import { retention } from "./retention.ts";
import { soak } from "./soak.ts";
import { spectators } from "./spectators.ts";
import { start } from "./start.ts";
import { statements } from "./statements.ts";
import { status } from "./status.ts";

export const benches: readonly Bench[] = [
  ...[cycle, noop, latency, rank, status, recover, growthEntries, growthHistory],
  ...[neighbour, spectators, doors, retention, statements, start, replay, replayLong, soak],
];
