/** Which of a request's two faults is reported: the middlewares of a route run in this order. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, NOWHERE, openApi } from "../../../support/http-app.ts";

let api: Api;
let closed: Api;
beforeAll(async () => {
  api = await openApi();
  closed = await openApi({ operatorKey: null });
});
afterAll(async () => {
  await api.db.close();
  await closed.db.close();
  await closeTestServer();
});

/** A body that is no JSON. */
const BROKEN = "{";
const cases: readonly (readonly [method: string, path: string, raw: string | null, code: string])[] = [
  // What the path names comes before the body,
  ["PATCH", "/tournaments/x", BROKEN, "tournament.not_found"],
  ["PATCH", `/tournaments/${NOWHERE}`, BROKEN, "tournament.not_found"],
  ["PATCH", "/agents/x", BROKEN, "agent.not_found"],
  ["PATCH", `/agents/${NOWHERE}`, BROKEN, "request.bad_json"],
  ["PATCH", "/tasks/x", BROKEN, "task.not_found"],
  ["PATCH", `/tasks/${NOWHERE}`, BROKEN, "request.bad_json"],
  ["POST", "/tasks/x/retry", BROKEN, "task.not_found"],
  ["POST", `/tasks/${NOWHERE}/retry`, BROKEN, "request.bad_json"],
  ["PATCH", "/queues/none", BROKEN, "queue.not_found"],
  ["POST", "/queues/none/pause", BROKEN, "queue.not_found"],
  ["POST", "/queues/none/purge", BROKEN, "queue.not_found"],
  ["POST", "/queues/none/redrive", BROKEN, "queue.not_found"],
  ["POST", "/schedules/none/pause", BROKEN, "schedule.not_found"],
  // but the body before the tournament that others are to join,
  ["POST", "/tournaments/x/initialize", BROKEN, "request.bad_json"],
  // and a query before a body.
  ["POST", "/tournaments?dry=true", BROKEN, "request.invalid"],
  // For a task and a schedule, what the path names comes before the query;
  ["GET", "/tasks/x?wait=long", null, "task.not_found"],
  ["GET", "/schedules/none/ticks?limit=many", null, "schedule.not_found"],
  // elsewhere the query comes first.
  ["GET", "/agents/x/entries?a=1", null, "request.invalid"],
  ["GET", "/agents/x/stats?a=1", null, "request.invalid"],
  ["GET", "/agents/x/memory?a=1", null, "request.invalid"],
  ["GET", "/agents/x/state?a=1", null, "request.invalid"],
  ["GET", "/agents/x/trades?a=1", null, "request.invalid"],
  ["POST", "/agents/x/run?a=1", null, "request.invalid"],
  ["POST", "/agents/x/recover?a=1", null, "request.invalid"],
  ["GET", "/tournaments/x/agents?a=1", null, "request.invalid"],
  ["GET", "/tournaments/x/leaderboard?a=1", null, "request.invalid"],
  ["GET", "/tournaments/x/rounds?a=1", null, "request.invalid"],
  ["GET", "/tournaments/x/rounds/1?a=1", null, "request.invalid"],
  ["GET", "/tournaments/x/equity?a=1", null, "request.invalid"],
  ["GET", "/tournaments/x/decisions?a=1", null, "request.invalid"],
  ["GET", "/tournaments/x/positions?a=1", null, "request.invalid"],
  ["GET", "/tournaments/x/trades?a=1", null, "request.invalid"],
  ["GET", "/tournaments/x/feed?a=1", null, "request.invalid"],
];

test.each(cases)("%s %s with the body %s is %s", async (method, path, raw, code) => {
  const answer = await api.call(method, path, raw === null ? {} : { raw });
  expect(answer.body.code).toBe(code);
});

test.each(cases.filter(([method]) => method !== "GET"))("%s %s without the key is refused for that", async (...of) => {
  const [method, path, raw] = of;
  const answer = await api.call(method, path, { key: null, ...(raw === null ? {} : { raw }) });
  expect(answer.body.code).toBe("auth.required");
});

test("without a configured key, signing in says so, whatever the body", async () => {
  expect((await closed.call("POST", "/session", { raw: BROKEN })).body.code).toBe("auth.not_configured");
  expect((await api.call("POST", "/session", { raw: BROKEN })).body.code).toBe("request.bad_json");
});
