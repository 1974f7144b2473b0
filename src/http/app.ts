/** The HTTP API. Routes are one file a resource; what all of them share stands here, in the order in which it runs. */
import { type Context, Hono } from "hono";
import { CodedError } from "../core/error-codes.ts";
import { describeError } from "../log.ts";
import { agentEntryRoutes } from "./agent-entries.ts";
import { agentRoutes } from "./agents.ts";
import { auditRoutes, auditWrites } from "./audit.ts";
import { recogniseOperator } from "./auth.ts";
import { readBody } from "./body.ts";
import { bulkRoutes } from "./bulk.ts";
import { candleSourceRoutes } from "./candle-sources.ts";
import { consumerRoutes } from "./consumers.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { deadLetterRoutes } from "./dead-letters.ts";
import type { HttpDeps } from "./deps.ts";
import { errorRoutes } from "./errors.ts";
import { healthRoutes } from "./health.ts";
import { idempotentPosts } from "./idempotency.ts";
import { inspectRoutes } from "./inspect.ts";
import { inspectEntryRoutes } from "./inspect-entries.ts";
import { leaderboardRoutes } from "./leaderboard.ts";
import { allowedMethods } from "./methods.ts";
import { metricRoutes } from "./metrics.ts";
import { page, pageRoutes, rootFile, wantsPage } from "./pages.ts";
import { priceRoutes } from "./prices.ts";
import { codedError, Problem, problemResponse } from "./problem.ts";
import { queuePurgeRoutes } from "./queue-purge.ts";
import { queueRoutes } from "./queues.ts";
import { recoveryRoutes } from "./recoveries.ts";
import { rootRoutes } from "./root.ts";
import { scheduleRoutes } from "./schedules.ts";
import { sessionRoutes } from "./session.ts";
import { taskActionRoutes } from "./task-actions.ts";
import { taskEditRoutes } from "./task-edit.ts";
import { taskListRoutes } from "./task-list.ts";
import { taskWhyRoutes } from "./task-why.ts";
import { taskRoutes } from "./tasks.ts";
import { tournamentFeedRoutes } from "./tournament-feed.ts";
import { tournamentRoundRoutes } from "./tournament-rounds.ts";
import { tournamentSeriesRoutes } from "./tournament-series.ts";
import { tournamentStateRoutes } from "./tournament-states.ts";
import { tournamentRoutes } from "./tournaments.ts";
import { tradeRoutes } from "./trades.ts";

/** `makeDeps` is called once a request. */
export function createApp(makeDeps: (c: Context) => HttpDeps): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();

  app.use(async (c, next) => {
    const deps = makeDeps(c);
    c.set("deps", deps);
    c.set("operator", false);
    c.set("sessionEnds", null);
    const startedAt = performance.now();
    await next();
    // An accepted upgrade is the Arena's own answer: a copy would lose its socket.
    if (c.res.status !== 101) {
      const answer = marked(c.res, deps.correlationId);
      if (answer !== c.res) c.res = answer;
    }
    const { method, path } = c.req;
    const ms = Math.round(performance.now() - startedAt);
    deps.log({ event: "request", method, path, status: c.res.status, ms, correlation_id: deps.correlationId });
  });
  app.use(recogniseOperator);
  app.use(readBody);
  app.use(idempotentPosts);
  app.use(auditWrites(() => app.routes));

  for (const routes of [
    rootRoutes,
    pageRoutes,
    sessionRoutes,
    healthRoutes,
    tournamentRoutes,
    tournamentStateRoutes,
    leaderboardRoutes,
    tournamentRoundRoutes,
    tournamentSeriesRoutes,
    tournamentFeedRoutes,
    agentRoutes,
    agentEntryRoutes,
    tradeRoutes,
    priceRoutes,
    candleSourceRoutes,
    taskRoutes,
    taskActionRoutes,
    taskEditRoutes,
    taskListRoutes,
    errorRoutes,
    bulkRoutes,
    auditRoutes,
    scheduleRoutes,
    queueRoutes,
    queuePurgeRoutes,
    consumerRoutes,
    inspectRoutes,
    inspectEntryRoutes,
    deadLetterRoutes,
    taskWhyRoutes,
    recoveryRoutes,
    metricRoutes,
  ]) {
    app.route("/", routes);
  }

  app.notFound(async (c) => {
    const allowed = allowedMethods(app.routes, c.req.path);
    if (allowed.length === 0) {
      const file = await rootFile(c);
      if (file) return file;
      return wantsPage(c) ? page(c, 404) : problemResponse(new CodedError("request.not_found"));
    }
    const headers = { allow: allowed.join(", ") };
    if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers });
    const detail = `${c.req.path.slice(0, 200)} has ${allowed.join(", ")}.`;
    return problemResponse(new Problem("request.method_not_allowed", detail, { headers }));
  });
  app.onError((error, c) => {
    const coded = codedError(error);
    if (coded !== error) logFailure(c, error);
    return problemResponse(coded);
  });
  return app;
}

/** With the headers that every answer has: on itself where it may be changed, for each of hono's own would be a copy. */
function marked(answer: Response, correlationId: string): Response {
  const mark = (response: Response) => {
    response.headers.set("x-correlation-id", correlationId);
    response.headers.set("x-content-type-options", "nosniff");
    if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
    return response;
  };
  try {
    return mark(answer);
  } catch {
    // What came from elsewhere (an asset, an object) has headers that can't be set.
    return mark(new Response(answer.body, answer));
  }
}

/** What had no code of its own is our fault, and is written down whole; the caller sees none of it. */
function logFailure(c: HttpContext, error: Error): void {
  const deps: HttpDeps | undefined = c.get("deps");
  const { method, path } = c.req;
  const { error: text, stack } = describeError(error);
  deps?.log({
    event: "request_failed",
    method,
    path,
    error: text,
    ...(stack ? { stack } : {}),
    correlation_id: deps.correlationId,
  });
}
