/** Queues over HTTP: pause, limit, purge, redrive, consumers, inspection, and why a task isn't running. */
import { uuidv7 } from "uuidv7";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { fieldsOf, typeWords } from "../../../../src/core/text/schema-words.ts";
import { storeSeen } from "../../../../src/db/statements/consumers/seen.ts";
import { takeLetters } from "../../../../src/db/statements/dead-letters/redrive.ts";
import { readThroughput, takeSample } from "../../../../src/db/statements/metrics/throughput.ts";
import { revokeWaiting } from "../../../../src/db/statements/queues/purge.ts";
import { consume } from "../../../../src/engine/consume.ts";
import { ConsumerPresence } from "../../../../src/engine/consumer-presence.ts";
import { advance } from "../../../../src/rounds/advance.ts";
import { decisionKey } from "../../../../src/rounds/decision-key.ts";
import { roundHandlers } from "../../../../src/rounds/messages/handlers.ts";
import { START, type TestClock, testClock, world } from "../../../support/builders.ts";
import { closeTestServer } from "../../../support/database.ts";
import { withTwin } from "../../../support/guards.ts";
import { type Api, NOWHERE, openApi } from "../../../support/http-app.ts";
import { inProcess } from "../../../support/in-process.ts";
import { taskRow, taskRows } from "../../../support/queue-rows.ts";

let api: Api;
let clock: TestClock;
let owed = 0;
beforeEach(async () => {
  owed = 0;
  api = await openApi({ sendOwed: async () => ++owed && 0 });
  clock = await testClock(api.db.query, START);
});
afterEach(() => api.db.close());
afterAll(closeTestServer);

const queue = async (name: string) =>
  (await api.get("/queues")).body.items.find((item: { name: string }) => item.name === name);

test("live entries are found by a part of their agent's or their tournament's name, page by page", async () => {
  const cup = await world(api.db.query, { entries: 3 });
  await world(api.db.query, { entries: 1 });
  await api.db.query("update tournaments set name = 'The 100 % Cup' where id = $1", [cup.id]);
  await api.db.query("update entries set agent_name = 'Al_pha' where id = $1", [cup.entries[1]?.id]);
  const found = async (query: string) =>
    (await api.get(`/inspect/entries?${query}`)).body.items.map((item: { entry_id: string }) => item.entry_id);
  expect(await found("q=l_PH")).toEqual([cup.entries[1]?.id]);
  expect(await found("q=100%20%25")).toEqual(cup.entries.map(({ id }) => id).sort());
  expect(await found("q=nobody")).toEqual([]);
  expect(await found("")).toHaveLength(4);
  const first = (await api.get("/inspect/entries?q=100&limit=2")).body;
  expect(await found(`q=100&limit=2&cursor=${first.next_cursor}`)).toHaveLength(1);
  expect((await api.get(`/inspect/entries?q=other&cursor=${first.next_cursor}`)).status).toBe(422);
  await api.db.query("update entries set halted_at = agonus_now() where id = $1", [cup.entries[1]?.id]);
  expect((await api.get("/inspect/entries?q=l_PH")).body.items).toMatchObject([
    { verdict: "halted", halted_at: expect.any(String) },
  ]);
});

test("every path of operations needs the key, and an unknown queue is 404", async () => {
  const id = uuidv7();
  for (const path of [
    "/queues",
    "/consumers",
    "/inspect/active",
    "/inspect/entries",
    "/inspect/stats",
    "/inspect/registered",
    "/dead-letters",
    "/bulk",
    "/inspect/schedules",
  ]) {
    expect((await api.see(path)).status, path).toBe(401);
  }
  for (const what of ["pause", "resume", "purge", "redrive"]) {
    expect((await api.post(`/queues/agents/${what}`, {}, { key: null })).status).toBe(401);
    expect((await api.post(`/queues/nothing/${what}`, {})).body.code).toBe("queue.not_found");
  }
  expect((await api.patch("/queues/agents", { max_running: 1 }, { key: null })).status).toBe(401);
  expect((await api.see(`/tasks/${id}/why`)).body.code).toBe("task.not_found");
});

test("a queue shows its pause with who, why and since when; a second pause keeps its beginning", async () => {
  expect((await api.post("/queues/agents/pause", { reason: "a leak" })).body.paused).toEqual({
    since: new Date(START).toISOString(),
    by: "operator",
    reason: "a leak",
  });
  await clock.add(5000);
  const again = await api.post("/queues/agents/pause", { reason: "a bigger one" });
  expect(again.body.paused).toMatchObject({ since: new Date(START).toISOString(), reason: "a bigger one" });
  await clock.add(5000);
  expect((await api.post("/queues/agents/resume")).body.paused).toBe(null);
  expect(owed).toBe(1);
  expect((await api.post("/queues/agents/resume")).status).toBe(200);
  expect(owed).toBe(1);
  const pauses = await api.db.query(`select reason, resumed_at from queue_pauses`);
  expect(pauses).toEqual([{ reason: "a bigger one", resumed_at: new Date(START + 10_000).toISOString() }]);
});

test("a resumed queue wakes the tournaments whose rounds it held", async () => {
  const cup = await world(api.db.query, { market: "replay", entries: 2, rounds: 1 });
  await advance(inProcess(api.db.query).ports, cup.id);
  await api.post("/queues/agents/pause");
  await api.post("/queues/agents/resume");
  expect(api.woken).toEqual([cup.id]);
});

test("a queue's depth is counted from rows, and tasks that wait without a consumer raise a warning", async () => {
  await taskRow(api.db.query, { dueIn: -90 });
  await taskRow(api.db.query, { dueIn: -5, state: "RETRY" });
  await taskRow(api.db.query, { dueIn: 600, sentIn: null });
  await taskRow(api.db.query, { state: "STARTED" });
  await taskRow(api.db.query, { state: "SUCCESS" });
  await api.patch("/queues/agents", { max_running: 3 });
  const shown = await queue("agents");
  expect(shown).toMatchObject({ waiting: 2, scheduled: 1, running: 1, max_running: 3, consumers_seen: 0 });
  expect(shown.oldest_waiting_seconds).toBe(90);
  expect(shown.platform_backlog).toEqual({ messages: 0, oldest_at: null });
  expect(shown.warning).toContain("no consumer");
  expect(await queue("recovery")).toMatchObject({ waiting: 0, oldest_waiting_seconds: null, warning: null });
  await storeSeen(api.db.query, "worker v/1", "v", { agents: 1 }, 0);
  expect(await queue("agents")).toMatchObject({ consumers_seen: 1, warning: null });
});

test.each([0, -1, 1.5, "3", 10_001, undefined])("a limit of %s is refused", async (max_running) => {
  expect((await api.patch("/queues/agents", { max_running })).status).toBe(422);
  expect(await queue("agents")).toMatchObject({ max_running: null });
});

const purgeable = async () => {
  const waiting = await taskRows(api.db.query, 2);
  const later = await taskRow(api.db.query, { dueIn: 600 });
  const running = await taskRow(api.db.query, { state: "STARTED" });
  const elsewhere = await taskRow(api.db.query, { queue: "recovery" });
  return { waiting, later, running, elsewhere };
};
const revoked = async () =>
  (await api.db.query<{ id: string }>(`select id from tasks where state = 'REVOKED' order by id`)).map((row) => row.id);

test("a purge's dry run counts the waiting tasks; the purge revokes those, and none that is newer, running or scheduled", async () => {
  const { waiting } = await purgeable();
  const dry = (await api.post("/queues/agents/purge")).body;
  expect(dry).toMatchObject({ dry_run: true, tasks: 2, counts: [{ state: "PENDING", tasks: 2 }] });
  expect(await revoked()).toEqual([]);
  await clock.add(1000);
  await taskRow(api.db.query);
  const done = await api.post("/queues/agents/purge", { token: dry.token });
  expect(done.body).toMatchObject({ dry_run: false, purged: 2, left: 0 });
  expect(await revoked()).toEqual(waiting);
  const [row] = await api.db.query(`select history->-1 as last from tasks where id = $1`, [waiting[0]]);
  expect(row?.last).toMatchObject({ state: "REVOKED", why: "purged", by: "operator" });
});

test("the token of a purge says whether scheduled tasks are included", async () => {
  const { waiting, later } = await purgeable();
  const { token, tasks } = (await api.post("/queues/agents/purge", { scheduled: true })).body;
  expect(tasks).toBe(3);
  await api.post("/queues/agents/purge", { token });
  expect(await revoked()).toEqual([...waiting, later]);
});

test.each([
  ["dry_run", { dry_run: true }],
  ["scheduled", { scheduled: true }],
])("a token together with %s purges nothing", async (path, more) => {
  await purgeable();
  const { token } = (await api.post("/queues/agents/purge", more)).body;
  expect(await api.post("/queues/agents/purge", { ...more, token })).toMatchObject({
    status: 422,
    body: { code: "request.invalid", errors: [{ path }] },
  });
  expect(await revoked()).toEqual([]);
});

test("a purge without its own, fresh, untouched token does nothing", async () => {
  await purgeable();
  const { token } = (await api.post("/queues/agents/purge")).body;
  expect((await api.post("/queues/agents/purge", { dry_run: false })).body.errors).toMatchObject([{ path: "token" }]);
  const other = (await api.post("/queues/recovery/purge")).body.token;
  const forged = `${btoa(JSON.stringify({ purge: "agents", scheduled: true, before: "2027-01-01T00:00:00.000Z" }))}.${token.split(".")[1]}`;
  for (const wrong of [other, forged, "x", "", `${token}x`]) {
    const refused = await api.post("/queues/agents/purge", { token: wrong });
    expect(refused.body.code, wrong).toBe("queue.bad_token");
  }
  await clock.add(901_000);
  expect((await api.post("/queues/agents/purge", { token })).body.code).toBe("queue.bad_token");
  expect(await revoked()).toEqual([]);
});

test.each([
  { guard: "purge-state", broken: "state <> 'SUCCESS'" },
  { guard: "purge-queue", broken: "$1 = $1::text" },
  { guard: "purge-time", broken: "$2 = $2" },
])("without $guard a purge takes more", async (twin) => {
  await purgeable();
  await clock.add(1000);
  await taskRow(api.db.query);
  const purge = { queue: "agents", scheduled: false, before: new Date(START).toISOString() };
  const broken = withTwin(withTwin(api.db.query, twin), { guard: "purge-waiting" });
  // A running task holds a lease, and the table's check refuses a row without one.
  const taken = await revokeWaiting(broken, purge, 100, "test").catch((error: Error) => error.message);
  expect(taken).toEqual(twin.guard === "purge-state" ? expect.stringContaining("tasks_lease") : 3);
});

const letter = (body: unknown, outcome: string, at = 0) =>
  api.db.query(
    `insert into dead_letters (id, queue, message_id, body, deliveries, outcome, received_at)
     values ($1::uuid, 'agents', $1::uuid::text, $2::jsonb, 6, $3, agonus_now() + make_interval(secs => $4::float8))`,
    [uuidv7(), JSON.stringify(body), outcome, at],
  );

test("readable dead letters are sent once more, each once; unreadable ones stay", async () => {
  const tasks = { type: "tasks", task_ids: [uuidv7()] };
  const decide = { type: "decide", tournament_id: uuidv7(), entry_ids: [uuidv7()] };
  await letter(tasks, "resent", -2);
  await letter(decide, "resent", -1);
  await letter({ type: "of another age" }, "resent");
  await letter("nonsense", "kept");
  const dry = (await api.post("/queues/agents/redrive")).body;
  expect(dry).toMatchObject({ dry_run: true, letters: 3, unreadable: 1 });
  expect(api.sent).toEqual([]);
  const done = (await api.post("/queues/agents/redrive", { dry_run: false })).body;
  expect(done).toEqual({ dry_run: false, queue: "agents", resent: 2, unreadable: 2 });
  expect(api.sent.map(({ message }) => message).sort((a, b) => b.type.localeCompare(a.type))).toEqual([tasks, decide]);
  await api.post("/queues/agents/redrive", { dry_run: false });
  expect(api.sent).toHaveLength(2);
  expect((await queue("agents")).dead_letters).toEqual({ total: 4, to_redrive: 0, unreadable: 2 });
});

test("without its mark a dead letter would be sent again and again", async () => {
  await letter({ type: "tasks", task_ids: [uuidv7()] }, "resent");
  const broken = withTwin(api.db.query, { guard: "redrive-once" });
  expect(await takeLetters(broken, "agents", 10)).toHaveLength(1);
  expect(await takeLetters(broken, "agents", 10)).toHaveLength(1);
  expect(await takeLetters(api.db.query, "agents", 10)).toHaveLength(0);
});

test("a consumer updates its row at most every four seconds, counts as alive for ten, with all that it took", async () => {
  const { ports } = inProcess(api.db.query);
  let now = 0;
  let writes = 0;
  const counted: typeof ports.query = (text, params) => {
    writes++;
    return ports.query(text, params);
  };
  const presence = new ConsumerPresence("worker test/abcdef", "test-version");
  const batch = async () => ({ tasks: 2 });
  for (const at of [0, 3000, 3900, 12_000]) {
    now = at;
    await presence.during({ ...ports, query: counted, now: () => now }, "agents", batch);
  }
  now = 30_000;
  await presence.during({ ...ports, query: counted, now: () => now }, "recovery", batch);
  expect(writes).toBe(3);
  await taskRow(api.db.query, { state: "STARTED", consumer: "worker test/abcdef" });
  await clock.add(9_000);
  const { items } = (await api.get("/consumers")).body;
  expect(items).toMatchObject([
    {
      id: "worker test/abcdef",
      batches: { agents: 4, recovery: 1 },
      tasks: 8,
      running: 1,
      status: "alive",
      current_version: true,
    },
  ]);
  await clock.add(24_000);
  expect((await api.get("/consumers")).body.items).toMatchObject([{ status: "silent", last_seen_age_seconds: 33 }]);
  await clock.add(600_000);
  expect((await api.get("/consumers")).body.items).toMatchObject([{ status: "gone" }]);
  await clock.add(86_400_000);
  await storeSeen(api.db.query, "worker test/new", "test-version", {}, 0);
  expect((await api.get("/consumers")).body.items).toHaveLength(1);
});

test("running tasks are shown with lease, consumer, runtime and the age of the last heartbeat", async () => {
  await taskRow(api.db.query, { state: "STARTED", leaseIn: 20, consumer: "worker a/1" });
  await taskRow(api.db.query, { state: "STARTED", queue: "recovery", leaseIn: -3, heartbeatIn: -23 });
  await clock.add(4000);
  const { items } = (await api.get("/inspect/active")).body;
  expect(items).toMatchObject([
    {
      queue: "agents",
      consumer: "worker a/1",
      runtime_seconds: 4,
      heartbeat_age_seconds: 4,
      lease_seconds: 16,
      attempt: 1,
    },
    { queue: "recovery", heartbeat_age_seconds: 27, lease_seconds: -7 },
  ]);
  expect((await api.get("/inspect/active?queue=recovery")).body.items).toHaveLength(1);
  const first = (await api.get("/inspect/active?limit=1")).body;
  expect((await api.get(`/inspect/active?limit=1&cursor=${first.next_cursor}`)).body.items).toMatchObject([
    { queue: "recovery" },
  ]);
});

test("scheduled and reserved tasks are listed by due time, over pages and queues", async () => {
  const [c, a, b] = [
    await taskRow(api.db.query, { dueIn: 300, sentIn: null }),
    await taskRow(api.db.query, { dueIn: 100, sentIn: null, queue: "recovery" }),
    await taskRow(api.db.query, { dueIn: 200, sentIn: null, state: "RETRY", attempt: 1 }),
  ];
  const sent = await taskRow(api.db.query, { dueIn: -5, sentIn: -4, sends: 2 });
  await taskRow(api.db.query, { dueIn: -5, sentIn: null });
  const seen: string[] = [];
  for (let cursor = "", pages = 0; pages < 5; pages++) {
    const { items, next_cursor } = (await api.get(`/inspect/scheduled?limit=2${cursor}`)).body;
    seen.push(...items.map((item: { task_id: string }) => item.task_id));
    if (!next_cursor) break;
    cursor = `&cursor=${next_cursor}`;
  }
  expect(seen).toEqual([a, b, c]);
  expect((await api.get("/inspect/reserved")).body.items).toMatchObject([
    { task_id: sent, sends: 2, due_in_seconds: -5 },
  ]);
  const { next_cursor } = (await api.get("/inspect/scheduled?limit=1")).body;
  expect((await api.get(`/inspect/reserved?cursor=${next_cursor}`)).body.code).toBe("request.bad_cursor");
});

test("stats count by state, name and queue, and say how fast tasks finish without counting them", async () => {
  await taskRows(api.db.query, 3, { state: "FAILURE" });
  await taskRow(api.db.query);
  const run = inProcess(api.db.query);
  await takeSample(api.db.query);
  await clock.add(61_000);
  await takeSample(api.db.query);
  await takeSample(api.db.query);
  await run.ports.enqueue("update_tournament_rankings", {});
  await run.drain();
  await clock.add(61_000);
  await takeSample(api.db.query);
  const { body } = await api.get("/inspect/stats");
  expect(body.states).toMatchObject({ FAILURE: 3, PENDING: 1, SUCCESS: 1, STARTED: 0 });
  expect(body.tasks).toContainEqual({
    name: "update_tournament_rankings",
    queue: "agents",
    state: "FAILURE",
    tasks: 3,
  });
  expect(body.throughput).toEqual([{ minutes: 1, finished: 1, over_seconds: 61, per_minute: 0.98 }]);
  const { history } = body as { history: { at: string; per_minute: number }[] };
  expect(history.map(({ per_minute }) => per_minute)).toEqual([0, 1]);
  expect(Date.parse(history[1]?.at ?? "") - Date.parse(history[0]?.at ?? "")).toBe(60_000);
  expect(body.recent).toMatchObject({ tasks: 4, success: 1, failure: 3, missed: 0, revoked: 0 });
  // What an agent from outside did not answer is no failure of ours.
  await api.db.query(
    `update tasks set error = '{"code": "agent.halted"}' where id = (select id from tasks where state = 'FAILURE' limit 1)`,
  );
  expect((await api.get("/inspect/stats")).body.recent).toMatchObject({ tasks: 4, failure: 2, missed: 1 });
  expect(body.recent.run_p95).toBeGreaterThanOrEqual(body.recent.run_p50);
  expect(body).toMatchObject({ prevented: 0, clocks: { cron: { age_seconds: null } } });
  await clock.add(4_000_000);
  expect(await readThroughput(api.db.query)).toEqual([]);
});

test("a minute that was short is not multiplied, and an older count is none of the last minute", async () => {
  await api.db.query(`delete from throughput_samples`);
  const run = inProcess(api.db.query);
  await takeSample(api.db.query);
  await run.ports.enqueue("update_tournament_rankings", {});
  await run.drain();
  // The clock's minutes: the next sample comes when the next one begins.
  const [left] = await api.db.query<{ ms: number }>(`select 60000 - agonus_ms(agonus_now())::int8 % 60000 as ms`);
  await clock.add(Number(left?.ms) + 1);
  await takeSample(api.db.query);
  const { history } = (await api.get("/inspect/stats")).body as { history: { per_minute: number }[] };
  expect(history.map(({ per_minute }) => per_minute)).toEqual([1]);
  await clock.add(140_000);
  expect(await readThroughput(api.db.query)).toEqual([]);
});

test("every task of the registry is described, with the schema of its arguments", async () => {
  const { items } = (await api.get("/inspect/registered")).body;
  expect(items).toHaveLength(Object.keys((await import("../../../../src/tasks/registry.ts")).taskRegistry).length);
  const decision = items.find((item: { name: string }) => item.name === "run_agent_decision");
  expect(decision).toMatchObject({ queue: "agents", retry: { retries: 3 }, soft_limit_seconds: 300, unique: true });
  expect(decision.args).toMatchObject({
    type: "object",
    required: ["tournament_id", "agent_id"],
    additionalProperties: false,
  });
  expect([decision.retry.delays_seconds, decision.retry.max_attempts]).toEqual([[2, 4, 8], 4]);
  expect(decision.key_in_words).toEqual(expect.any(String));
  const bulk = items.find((item: { name: string }) => item.name === "run_bulk_job");
  expect(bulk.retry.delays_seconds).toEqual([60, 120, 240]);
  expect(fieldsOf(bulk.args).map((field) => [field.name, field.required, typeWords(field)])).toEqual([
    ["bulk_id", true, "UUID"],
    ["resume", false, "integer from 1"],
  ]);
  expect((await api.get("/inspect/schedules")).body).toEqual((await api.get("/schedules")).body);
});

const why = async (id: string) => (await api.see(`/tasks/${id}/why`)).body;
const alive = async () => {
  await api.db.query(`insert into clocks (name, beat_at) values ('cron', agonus_now()), ('beat', agonus_now())`);
  await storeSeen(api.db.query, "worker v/1", "v", { agents: 1 }, 0);
};

test("why: each verdict comes from real rows", async () => {
  const { query } = api.db;
  expect((await why(await taskRow(query, { sentIn: -30 }))).verdict).toBe("telemetry_stale");
  await alive();
  await query(`delete from tasks`);
  const verdicts: Record<string, string> = {};
  const ask = async (verdict: string, row: Parameters<typeof taskRow>[1]) => {
    const id = await taskRow(query, row);
    verdicts[verdict] = (await why(id)).verdict;
    await query(`delete from tasks where id = $1`, [id]);
  };
  await ask("succeeded", { state: "SUCCESS" });
  await ask("running", { state: "STARTED" });
  await ask("cancelling", { state: "STARTED", cancelRequested: true });
  await ask("lease_ran_out", { state: "STARTED", leaseIn: -1 });
  await ask("scheduled", { dueIn: 60, sentIn: null });
  await ask("retrying", { dueIn: 60, state: "RETRY", attempt: 1, error: { code: "task.failed", message: "boom" } });
  await ask("not_sent", { sentIn: null });
  await ask("not_delivered", { sentIn: -15 });
  await ask("just_sent", { sentIn: -1 });
  await ask("no_consumer", { sentIn: -15, queue: "recovery" });
  await api.post("/queues/agents/pause", { reason: "a leak" });
  await ask("queue_paused", {});
  await api.post("/queues/agents/resume");
  await api.patch("/queues/agents", { max_running: 1 });
  await taskRow(query, { state: "STARTED" });
  await ask("over_limit", {});
  await api.patch("/queues/agents", { max_running: null });
  await taskRow(query, { dueIn: -99 });
  await ask("waiting_behind", {});
  await query(`delete from tasks`);
  const cup = await world(query, { market: "replay", entries: 1, rounds: 1 });
  const run = inProcess(query);
  await advance(run.ports, cup.id);
  const [round] = await query<{ id: string }>(`select id from rounds`);
  const key = decisionKey(round?.id ?? NOWHERE, cup.entries[0]?.id ?? NOWHERE);
  await ask("just_sent", { key, name: "run_agent_decision" });
  await run.drain();
  await ask("round_closed", { key, name: "run_agent_decision" });
  for (const [verdict, told] of Object.entries(verdicts)) expect(told).toBe(verdict);
  expect(Object.keys(verdicts)).toHaveLength(14);
});

test("why tells the public no internals, and shows the age of its facts", async () => {
  await alive();
  await api.post("/queues/agents/pause", { reason: "a leak" });
  const id = await taskRow(api.db.query);
  await clock.add(7000);
  const open = await why(id);
  expect(JSON.stringify(open)).not.toMatch(/leak|operator|worker v/);
  expect(open).toMatchObject({ task_id: id, state: "PENDING", verdict: "queue_paused" });
  expect(open.facts_age).toEqual({
    read_at: new Date(START + 7000).toISOString(),
    cron_seconds: 7,
    beat_seconds: 7,
    consumers_seconds: 7,
  });
  const whole = (await api.get(`/tasks/${id}/why`)).body;
  expect(whole.cause).toContain("by operator: a leak");
  expect(whole.facts).toMatchObject({ pause_reason: "a leak", ahead: 0 });
});

test("a batch of a queue ends with its tasks counted", async () => {
  const run = inProcess(api.db.query);
  const ids = await taskRows(api.db.query, 3);
  const body = { type: "tasks", task_ids: ids };
  const taken = await consume(run.ports, roundHandlers, "agonus-agents", [
    { id: "1", body, attempts: 1, ack: () => {}, retry: () => {} },
  ]);
  expect(taken).toEqual({ tasks: 3 });
});
