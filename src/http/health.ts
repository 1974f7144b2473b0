/** GET /health: whether the parts answer, and whether both clocks still tick. Open to all. */
import { Hono } from "hono";
import { limits } from "../core/limits.ts";
import type { Query } from "../db/query.ts";
import { readClocks } from "../db/statements/api-read-clocks.ts";
import { secondsWaited } from "../db/statements/clock-waited.ts";
import { describeError } from "../log.ts";
import type { HttpEnv } from "./context.ts";
import type { HttpDeps } from "./deps.ts";

/** A deployment that has just begun has clocks that never ticked; for longer, and they never will. */
const STARTING_SECONDS_MAX = 120;
const PART_TIMEOUT_MS = 3000;

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
  const down = clockAges === null || queues === null || late;
  const health = {
    status: down ? "failing" : waited !== null ? "starting" : "ok",
    database: clockAges === null ? "failing" : "ok",
    queues: queues ?? "failing",
    clocks,
    version: deps.codeVersion,
  } as const;
  return c.json(health, down ? 503 : 200);
});

async function readAges(query: Query) {
  const ages = await readClocks(query);
  const ticks = ages.cron !== null && ages.beat !== null;
  return { ...ages, waited: ticks ? null : await secondsWaited(query) };
}

/** Null when the part fails or says nothing in time; why goes into the log. */
async function answerOf<T>(deps: HttpDeps, where: string, ask: () => Promise<T>): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${PART_TIMEOUT_MS} ms`)), PART_TIMEOUT_MS);
  });
  try {
    return await Promise.race([ask(), timeout]);
  } catch (error) {
    deps.log({ event: "fault", where, ...describeError(error), correlation_id: deps.correlationId });
    return null;
  } finally {
    clearTimeout(timer);
  }
}
