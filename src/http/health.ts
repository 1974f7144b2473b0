/** GET /health: whether the parts answer, and whether both clocks still tick. Open to all. */
import { Hono } from "hono";
import { readClocks } from "../db/statements/api-read-clocks.ts";
import { describeError } from "../log.ts";
import type { HttpEnv } from "./context.ts";
import type { HttpDeps } from "./deps.ts";

/** Cron beats every minute, the Beat object every few seconds: past this, one is dead. */
const CLOCK_AGE_MAX_SECONDS = { cron: 150, beat: 60 } as const;
const PART_TIMEOUT_MS = 3000;

export const healthRoutes = new Hono<HttpEnv>();

healthRoutes.get("/health", async (c) => {
  const deps = c.get("deps");
  const [clockAges, queues] = await Promise.all([
    answerOf(deps, "health: database", () => readClocks(deps.query)),
    answerOf(deps, "health: queues", () => deps.backlog()),
  ]);
  const clocks = {
    cron: { age_seconds: clockAges?.cron ?? null },
    beat: { age_seconds: clockAges?.beat ?? null },
  };
  const late = (["cron", "beat"] as const).some(
    (name) => (clocks[name].age_seconds ?? 0) > CLOCK_AGE_MAX_SECONDS[name],
  );
  const down = clockAges === null || queues === null || late;
  // A clock that has never ticked belongs to a deployment that has just begun.
  const starting = clocks.cron.age_seconds === null || clocks.beat.age_seconds === null;
  const health = {
    status: down ? "failing" : starting ? "starting" : "ok",
    database: clockAges === null ? "failing" : "ok",
    queues: queues ?? "failing",
    clocks,
    version: deps.codeVersion,
  };
  return c.json(health, down ? 503 : 200);
});

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
