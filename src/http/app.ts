/** The HTTP API: the middlewares that every request passes, in their order, and the routes of every resource. */
import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { methodNotAllowed } from "hono/method-not-allowed";
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import { cut, describeError } from "../log.ts";
import { agentEntryRoutes } from "./agents/entries.ts";
import { agentRoutes } from "./agents/routes.ts";
import { auditRoutes, auditWrites } from "./audit/routes.ts";
import { bulkRoutes } from "./bulk/routes.ts";
import { consumerRoutes } from "./consumers/routes.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { deadLetterRoutes } from "./dead-letters/routes.ts";
import type { HttpDeps } from "./deps.ts";
import { doorRoutes } from "./doors/routes.ts";
import { skillRoutes } from "./doors/skill.ts";
import { webhookRoutes } from "./doors/webhook-routes.ts";
import { errorRoutes } from "./errors/routes.ts";
import { forwardedBy } from "./forward.ts";
import { healthRoutes } from "./health/routes.ts";
import { inspectAttentionRoutes } from "./inspect/attention.ts";
import { inspectEntryRoutes } from "./inspect/entries.ts";
import { inspectRoutes } from "./inspect/routes.ts";
import { joinRoutes } from "./invites/join.ts";
import { inviteRoutes } from "./invites/routes.ts";
import { keyRoutes } from "./keys/routes.ts";
import { candleSourceRoutes } from "./markets/candle-sources.ts";
import { candleUploadRoutes } from "./markets/candle-uploads.ts";
import { priceRoutes } from "./markets/prices.ts";
import { venueRoutes } from "./markets/venues.ts";
import { mcpRoutes } from "./mcp/routes.ts";
import { metricRoutes } from "./metrics/routes.ts";
import { modelRoutes } from "./models/routes.ts";
import { openApiRoutes } from "./openapi/routes.ts";
import { pageRedirects } from "./pages/redirects.ts";
import { rootRoutes } from "./pages/root.ts";
import { assetFile, page, pageRoutes, rootFile, wantsPage } from "./pages/routes.ts";
import { hidePractices } from "./practice/private.ts";
import { practiceRoutes } from "./practice/routes.ts";
import { codedError, problemResponse } from "./problem.ts";
import { queuePurgeRoutes } from "./queues/purge.ts";
import { queueRoutes } from "./queues/routes.ts";
import { readableJson } from "./readable-json.ts";
import { recoveryRoutes } from "./recoveries/routes.ts";
import { readBody, refuseBadBody } from "./request/body.ts";
import { checkHost } from "./request/host.ts";
import { idempotentPosts } from "./request/idempotency.ts";
import { wrongMethod } from "./request/methods.ts";
import { refuseUnknownQuery } from "./request/unknown-query.ts";
import { scheduleRoutes } from "./schedules/routes.ts";
import { recogniseCaller } from "./session/auth.ts";
import { checkRights } from "./session/rights.ts";
import { sessionRoutes } from "./session/routes.ts";
import { strategyRoutes } from "./strategies/routes.ts";
import { taskActionRoutes } from "./tasks/actions.ts";
import { taskEditRoutes } from "./tasks/edit.ts";
import { taskListRoutes } from "./tasks/list.ts";
import { taskRoutes } from "./tasks/routes.ts";
import { taskWhyRoutes } from "./tasks/why.ts";
import { tournamentCsvRoutes } from "./tournaments/csv.ts";
import { tournamentFeedRoutes } from "./tournaments/feed.ts";
import { leaderboardRoutes } from "./tournaments/leaderboard.ts";
import { tournamentLeaveRoutes } from "./tournaments/leave.ts";
import { tournamentResultRoutes } from "./tournaments/result.ts";
import { tournamentRoundRoutes } from "./tournaments/rounds.ts";
import { tournamentRoutes } from "./tournaments/routes.ts";
import { tournamentRuleRoutes } from "./tournaments/rules.ts";
import { tournamentSeriesRoutes } from "./tournaments/series.ts";
import { tournamentStateRoutes } from "./tournaments/states.ts";
import { tradeRoutes } from "./trades/routes.ts";

/** A year, this host alone: what else its domain has is not ours to say. */
const HSTS = "max-age=31536000";
/** The longest path in a line of the log. */
const PATH_CHARS_MAX = 1000;

/** `makeDeps` is called once a request. */
export function createApp(makeDeps: (c: Context) => HttpDeps): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();

  app.use(async (c, next) => {
    const by = forwardedBy(c.req.raw);
    const deps = by?.deps ?? makeDeps(c);
    c.set("deps", deps);
    c.set("caller", by?.caller ?? null);
    c.set("door", by?.door ?? "rest");
    c.set("isReadable", false);
    c.set("sessionEnds", null);
    c.set("callerFault", null);
    c.set("bodyFault", null);
    c.set("shownSecret", null);
    const startedAt = performance.now();
    await next();
    // An accepted upgrade is the Arena's own answer: a copy would lose its socket.
    if (c.res.status !== 101) {
      const answer = marked(c.res, deps);
      if (answer !== c.res) c.res = answer;
    }
    const method = c.req.method;
    const path = cut(c.req.path, PATH_CHARS_MAX);
    const ms = Math.round(performance.now() - startedAt);
    deps.log({ event: "request", method, path, status: c.res.status, ms, correlation_id: deps.correlationId });
  });
  app.use(readableJson);
  app.use(boundUrl);
  app.use(methodNotAllowed({ app, onMethodNotAllowed: wrongMethod }));
  app.use(checkHost);
  app.use(recogniseCaller);
  // Pages are open to all, and their query is for their own scripts.
  app.route("/", pageRoutes);
  app.route("/", pageRedirects);
  app.use(readBody);
  app.use(checkRights);
  app.use(refuseBadBody);
  app.use(idempotentPosts);
  app.use(auditWrites);
  app.use(refuseUnknownQuery);
  app.use(hidePractices);

  for (const routes of [
    rootRoutes,
    sessionRoutes,
    keyRoutes,
    inviteRoutes,
    joinRoutes,
    healthRoutes,
    tournamentRoutes,
    tournamentStateRoutes,
    tournamentRuleRoutes,
    leaderboardRoutes,
    tournamentLeaveRoutes,
    tournamentRoundRoutes,
    tournamentSeriesRoutes,
    modelRoutes,
    tournamentFeedRoutes,
    tournamentCsvRoutes,
    tournamentResultRoutes,
    agentRoutes,
    agentEntryRoutes,
    strategyRoutes,
    doorRoutes,
    webhookRoutes,
    mcpRoutes((request) => app.fetch(request)),
    skillRoutes,
    practiceRoutes,
    openApiRoutes(() => app.routes),
    tradeRoutes,
    priceRoutes,
    candleSourceRoutes,
    candleUploadRoutes,
    venueRoutes,
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
    inspectAttentionRoutes,
    deadLetterRoutes,
    taskWhyRoutes,
    recoveryRoutes,
    metricRoutes,
  ]) {
    app.route("/", routes);
  }

  app.notFound(async (c) => {
    const file = (await rootFile(c)) ?? (await assetFile(c));
    if (file) return file;
    return wantsPage(c) ? page(c, 404) : problemResponse(new CodedError("request.not_found"));
  });
  app.onError((error, c) => {
    const coded = codedError(error);
    if (coded !== error || coded.status >= 500) logFailure(c, error, coded);
    return problemResponse(coded);
  });
  return app;
}

/** Before anything is made of it. */
const boundUrl = createMiddleware<HttpEnv>(async (c, next) => {
  if (c.req.url.length > limits.requestUrlCharsMax) throw new CodedError("request.uri_too_long");
  await next();
});

/**
 * Sets the headers of every answer in place where possible: setting them through hono would copy the answer each time.
 */
function marked(answer: Response, { correlationId, environment }: HttpDeps): Response {
  const mark = (response: Response) => {
    if (environment === "production") response.headers.set("strict-transport-security", HSTS);
    response.headers.set("x-correlation-id", correlationId);
    response.headers.set("x-content-type-options", "nosniff");
    if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
    return response;
  };
  try {
    return mark(answer);
  } catch {
    // An answer from an asset or an object has headers that can't be changed, so this one is copied.
    return mark(new Response(answer.body, answer));
  }
}

/**
 * Logs a fault of the server with its causes and its stack. A value or a race that the database refused is logged without a
 * stack. The caller sees neither.
 */
function logFailure(c: HttpContext, error: Error, { code, status }: CodedError): void {
  const deps: HttpDeps | undefined = c.get("deps");
  const method = c.req.method;
  const path = cut(c.req.path, PATH_CHARS_MAX);
  const { error: text, stack } = describeError(error);
  deps?.log({
    event: "request_failed",
    method,
    path,
    status,
    error: text,
    code,
    ...(stack && status >= 500 ? { stack } : {}),
    correlation_id: deps.correlationId,
  });
}
