/** GET /health: whether the parts answer, both clocks still tick, and live rounds move. Open to all. */
import { Hono } from "hono";
import { limits } from "../../core/limits.ts";
import type { Query } from "../../db/query.ts";
import { listStuckLiveRounds } from "../../db/statements/rounds/stuck.ts";
import { secondsWaited } from "../../db/statements/schedules/clock-waited.ts";
import { readClocks } from "../../db/statements/schedules/read-clocks.ts";
import { readVenueHealth, type VenueHealthRow } from "../../db/statements/venues/list.ts";
import { within } from "../../engine/within.ts";
import { describeError } from "../../log.ts";
import type { HttpEnv } from "../context.ts";
import type { HttpDeps } from "../deps.ts";

/** The clocks of a new deployment have not ticked yet. After this time they count as broken. */
const STARTING_SECONDS_MAX = 120;
const PART_TIMEOUT_MS = 3000;
const STUCK_MAX = 20;

export const healthRoutes = new Hono<HttpEnv>().get("/health", async (c) => {
  const deps = c.get("deps");
  const [clockAges, queues] = await Promise.all([
    answerOf(deps, "health: database", () => readAges(deps.query)),
    answerOf(deps, "health: queues", () => deps.backlog()),
  ]);
  const clocks = {
    cron: { age_seconds: clockAges?.cron ?? null },
    beat: { age_seconds: clockAges?.beat ?? null },
  };
  const waited = clockAges?.waited ?? null;
  const late =
    (waited ?? 0) > STARTING_SECONDS_MAX ||
    (clockAges?.cron ?? 0) > limits.cronSilentSeconds ||
    (clockAges?.beat ?? 0) > limits.beatSilentSeconds;
  const stuck = clockAges?.stuck ?? [];
  const down = clockAges === null || queues === null || late || stuck.length > 0;
  const health = {
    status: down ? "failing" : waited !== null ? "starting" : "ok",
    database: clockAges === null ? "failing" : "ok",
    queues: queues ?? "failing",
    clocks,
    /** The venues that live tournaments run on. */
    venues: (clockAges?.venues ?? []).map(wireVenue),
    /** The rounds of live tournaments that have waited longest: see round.stuck. */
    stuck_rounds: stuck.map(({ tournament_id, round, since }) => ({ tournament_id, round, since })),
    version: deps.codeVersion,
  } as const;
  return c.json(health, down ? 503 : 200);
});

async function readAges(query: Query) {
  const [ages, stuck, venues] = await Promise.all([
    readClocks(query),
    listStuckLiveRounds(query, STUCK_MAX),
    readVenueHealth(query),
  ]);
  const ticks = ages.cron !== null && ages.beat !== null;
  return { ...ages, stuck, venues, waited: ticks ? null : await secondsWaited(query) };
}

function wireVenue({ venue, failing, blocked_until, clock_skew_ms, used_weight }: VenueHealthRow) {
  const status = blocked_until !== null ? "waiting" : failing ? "failing" : "ok";
  const clock_skew_seconds = clock_skew_ms === null ? null : Math.round(clock_skew_ms / 100) / 10;
  return { market: venue, status, blocked_until, clock_skew_seconds, used_weight };
}

/** Null when the part fails or does not answer in time. The log has the reason. */
async function answerOf<T>(deps: HttpDeps, where: string, ask: () => Promise<T>): Promise<T | null> {
  try {
    const asked = ask().then((answer) => ({ answer }));
    const answered = await within(PART_TIMEOUT_MS, asked, null);
    if (answered) return answered.answer;
    throw new Error(`no answer in ${PART_TIMEOUT_MS} ms`);
  } catch (error) {
    deps.log({ event: "fault", where, ...describeError(error), correlation_id: deps.correlationId });
    return null;
  }
}
