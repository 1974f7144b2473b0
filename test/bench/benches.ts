/** Every bench, in the order of a run. A new bench is a file of figures/ and one line here. */
import type { Bench } from "./bench.ts";
import { cycle } from "./figures/cycle.ts";
import { doors } from "./figures/doors.ts";
import { growthEntries, growthHistory } from "./figures/growth.ts";
import { latency } from "./figures/latency.ts";
import { models } from "./figures/models.ts";
import { neighbour } from "./figures/neighbour.ts";
import { noop } from "./figures/noop.ts";
import { rank } from "./figures/rank.ts";
import { recover } from "./figures/recover.ts";
import { replay, replayLong } from "./figures/replay.ts";
import { retention } from "./figures/retention.ts";
import { soak } from "./figures/soak.ts";
import { spectators } from "./figures/spectators.ts";
import { start } from "./figures/start.ts";
import { statements } from "./figures/statements.ts";
import { status } from "./figures/status.ts";

export const benches: readonly Bench[] = [
  ...[cycle, noop, latency, rank, status, recover, growthEntries, growthHistory],
  ...[neighbour, spectators, doors, models, retention, statements, start, replay, replayLong, soak],
];
