/** A request is followed through the log by its correlation id, and no secret is in a line. */
import { afterAll, beforeEach, expect, test } from "vitest";
import { CodedError } from "../../../src/core/error-codes.ts";
import { problemResponse } from "../../../src/http/problem.ts";
import { describeError, jsonLog, type LogEvent, withoutCredentials } from "../../../src/log.ts";
import { type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer } from "../../support/database.ts";
import { type Api, KEY, openApi } from "../../support/http-app.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

let api: Api;
let clock: TestClock;
let engine: InProcess;
let cup: World;
const asked: unknown[] = [];
beforeEach(async () => {
  api = await openApi({
    enqueue: (name, args, options) => engine.ports.enqueue(name, args, { ...options, correlationId: "request-1" }),
    correlationId: "request-1",
  });
  clock = await testClock(api.db.query);
  engine = inProcess(api.db.query);
  cup = await world(api.db.query, { entries: 3, strategy: "cash" });
  asked.length = 0;
  const [first] = cup.entries;
  for (const entry of cup.entries) {
    engine.answer(entry.id, (request) => {
      asked.push(request.correlationId);
      const orders = entry.id === first?.id ? [{ side: "buy", symbol: "BTC-USDT", amount: "50" }] : [];
      return { kind: "choice", choice: { orders, reasoning: "r", confidence: 1 }, recovered: false };
    });
  }
  return () => api.db.close();
});
afterAll(closeTestServer);

const of = (events: readonly (LogEvent & { correlation_id?: string })[]) =>
  events.filter((event) => event.correlation_id === "request-1");

async function run(): Promise<string> {
  const [first] = cup.entries;
  const { status, body } = await api.post(`/agents/${first?.agentId}/run`);
  expect(status, JSON.stringify(body)).toBe(202);
  return body.task_id;
}

test("one POST /agents/{id}/run is followed by its correlation id: request, task, object, decision, trade", async () => {
  await clock.set(cup.due(0));
  await engine.ports.wakeArena(cup.id);
  const taskId = await run();
  await engine.drain();
  expect(asked).toEqual(["request-1"]);
  expect(of(api.logged).map(({ event }) => event)).toEqual(["enqueued", "request"]);
  expect(of(engine.events)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ event: "decide", entries: 1, accepted: 1 }),
      expect.objectContaining({ event: "task", name: "run_agent_decision", task_id: taskId, outcome: "SUCCESS" }),
    ]),
  );

  await engine.ports.send("agents", [
    { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.map(({ id }) => id) },
  ]);
  await engine.drain();
  for (let step = 0; step < 4; step++) {
    await clock.set(cup.due(0) + 150_000 + step * 1000);
    await engine.ports.wakeArena(cup.id);
    await engine.drain();
  }
  const trades = of(engine.events).filter((event) => event.event === "task" && event.name === "execute_agent_trade");
  expect(trades).toHaveLength(1);
  const rows = await api.db.query(
    `select name, correlation_id from tasks where correlation_id is not null order by name`,
  );
  expect(rows).toEqual([
    { name: "execute_agent_trade", correlation_id: "request-1" },
    { name: "run_agent_decision", correlation_id: "request-1" },
  ]);
});

test("a run whose decision comes with the round's batch is logged to its end too", async () => {
  await clock.set(cup.due(0));
  await engine.ports.wakeArena(cup.id);
  const taskId = await run();
  engine.queued.length = 0;
  await engine.ports.send("agents", [
    { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.map(({ id }) => id) },
  ]);
  await engine.drain();
  expect(of(engine.events)).toEqual([
    expect.objectContaining({ event: "task", name: "run_agent_decision", task_id: taskId, outcome: "SUCCESS" }),
  ]);
});

test("a recovery passes its correlation id to the object and to the decision that it sends", async () => {
  const restored: unknown[] = [];
  const { agent } = engine.ports;
  Object.assign(engine.ports, {
    agent: (id: string) => ({ ...agent(id), restore: async (state: unknown) => void restored.push(state) }),
  });
  await clock.set(cup.due(0));
  await engine.ports.wakeArena(cup.id);
  const { status } = await api.post(`/agents/${cup.entries[0]?.agentId}/recover`);
  expect(status).toBe(202);
  await engine.drain();
  expect(restored).toEqual([expect.objectContaining({ correlationId: "request-1" })]);
  expect(of(engine.events).map(({ event }) => event)).toEqual(["recovery", "task", "decide"]);
  expect(asked).toEqual(["request-1"]);
});

const URL_WITH_PASSWORD = "postgresql://agonus:p4ssw0rd@ep-quiet.neon.tech/agonus?sslmode=require";

test("no secret is in a log line, wherever it comes from", () => {
  const lines: string[] = [];
  const log = jsonLog(
    () => 0,
    (line) => lines.push(line),
    [URL_WITH_PASSWORD, 'key-with-"quotes"'],
  );
  const cause = new Error(`connect to ${URL_WITH_PASSWORD} failed`);
  log({ event: "fault", where: "db", ...describeError(new Error(`Authorization: Bearer ${KEY}`, { cause })) });
  log({ event: "request", method: "GET", path: '/key-with-"quotes"', status: 404, ms: 1 });
  log({ event: "fault", where: "db", error: `postgres://agonus:p4ssw0rd@other/db` });
  const text = lines.join("\n");
  for (const secret of ["p4ssw0rd", KEY, "quotes"]) expect(text).not.toContain(secret);
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(["fault", "request", "fault"]);
});

test("what is long is cut before it is searched, and half a credential is left out with the rest", () => {
  const lines: string[] = [];
  const log = jsonLog(
    () => 0,
    (line) => lines.push(line),
    [KEY],
  );
  log({ event: "request", method: "GET", path: `/${"postgres://".repeat(10_000)}`, status: 404, ms: 1 });
  log({ event: "fault", where: "db", error: `${"x ".repeat(9000)}${KEY}` });
  for (let at = 1900; at < 2000; at++) {
    const told = describeError(new Error(`${"y".repeat(at - 2)}: ${URL_WITH_PASSWORD} ${"z".repeat(2000)}`));
    log({ event: "fault", where: "db", ...told });
    log({ event: "fault", where: "db", ...describeError(new Error(`${"y".repeat(at)} ${KEY} ${"z".repeat(2000)}`)) });
  }
  for (const line of lines) expect(line.length).toBeLessThan(8000);
  expect(lines.join("\n")).not.toMatch(/p4ss|operator-k/);
  expect(withoutCredentials("postgres://a:p@ss@host/db and postgres://host/db")).toBe(
    "postgres://[hidden]@host/db and postgres://host/db",
  );
});

test("no secret is in a problem document: an error without a code shows nothing of its text", async () => {
  const broken = await openApi({
    query: async () => {
      throw new Error(`connect to ${URL_WITH_PASSWORD} with ${KEY} failed`);
    },
  });
  for (const path of ["/tournaments", "/health", "/metrics", "/queues"]) {
    const { status, body } = await broken.get(path);
    expect(status).toBeGreaterThanOrEqual(500);
    expect(JSON.stringify(body)).not.toMatch(/p4ssw0rd|operator-key|neon/);
  }
  const lines: string[] = [];
  const log = jsonLog(
    () => 0,
    (line) => lines.push(line),
    [URL_WITH_PASSWORD, KEY],
  );
  for (const event of broken.logged) log(event);
  expect(lines.length).toBeGreaterThan(4);
  expect(lines.join("\n")).not.toMatch(/p4ssw0rd|operator-key/);
  const document = await problemResponse(
    new CodedError("internal.unexpected", undefined, undefined, { cause: new Error(KEY) }),
  ).text();
  expect(document).not.toContain(KEY);
  await broken.db.close();
});

test("the stored error of a failed task has no credentials", () => {
  expect(describeError(new Error(`at ${URL_WITH_PASSWORD}`)).error).toBe(
    "at postgresql://[hidden]@ep-quiet.neon.tech/agonus?sslmode=require",
  );
});
