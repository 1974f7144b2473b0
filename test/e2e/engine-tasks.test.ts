/** What the task engine promises of retries, limits, keys, turns and bulk jobs, seen over HTTP on the running stack. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sideBySide } from "../../src/engine/side-by-side.ts";
import { runtimes, send } from "../chaos/processes.ts";
import { makeFolder, removeFolder } from "../support/e2e/data-folder.ts";
import { type Engine, type Item, startEngine } from "../support/e2e/engine-stack.ts";
import { eventually } from "../support/e2e/live-stack.ts";

const HELD_BACK = 4000;
const DAY_MS = 86_400_000;
const FINAL = "agent.unknown_strategy";
const ms = (time: unknown) => Date.parse(String(time));

let data = "";
let engine: Engine;
/** The bulk job that is under way when workerd is killed, and its task. */
let job = { bulk_id: "", task_id: "" };

beforeAll(async () => {
  data = makeFolder();
  // A bulk job takes its time, so that it can be killed in its midst.
  const slow = (text: string) => text.includes("from bulk_items") && text.includes("picked");
  engine = await startEngine(data, {
    before: async (sent) => {
      if (sent.some(({ query }) => slow(query))) await sleep(150);
    },
  });
});
afterAll(async () => {
  await engine?.stack.stop();
  expect(await removeFolder(data)).toBe(0);
});

const cup = async (name: string, startsInMs: number, agent_ids: string[] = []): Promise<string> => {
  const startsAt = Date.now() + startsInMs;
  const made = await engine.post("/tournaments", {
    name,
    market: "synthetic",
    symbols: ["BTC-USDT"],
    interval_seconds: 300,
    agent_ids,
    starts_at: new Date(startsAt).toISOString(),
    ends_at: new Date(startsAt + DAY_MS).toISOString(),
  });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body.id;
};
/** Until the job's end. */
const ended = (bulkId: string) =>
  eventually("the bulk job is done", async () => {
    const { body } = await engine.get(`/bulk/${bulkId}`);
    return body.state === "done" && body;
  });

test("workerd is killed while a bulk job is under way, and comes back", async () => {
  await engine.stack.query(
    `insert into tasks (id, name, queue, state, args, max_attempts, due_at)
     select gen_random_uuid(), 'quick', 'trading', 'PENDING', '{"of": "held back"}', 4, agonus_now() + interval '1 h' from generate_series(1, $1::int)`,
    [HELD_BACK],
  );
  const dry = await engine.post("/bulk", { action: "cancel", filter: { name: "quick", "args.of": "held back" } });
  expect(dry.body).toMatchObject({ frozen: HELD_BACK, by_state: { PENDING: HELD_BACK } });
  job = (await engine.post("/bulk", { token: dry.body.token })).body;
  await eventually("some is done", async () => (await engine.get(`/bulk/${job.bulk_id}`)).body.done > 0);
  expect(send(runtimes(data), "SIGKILL")).toBeGreaterThan(0);
  const half = await eventually("the Worker is back", async () => (await engine.get(`/bulk/${job.bulk_id}`)).body);
  expect(half).toMatchObject({ state: "running", by: "operator" });
  expect(half.progress).toBeGreaterThan(0);
  expect(half.progress).toBeLessThan(1);
});

test("a task is tried again at growing distances; a final code ends it at once; its error lists what failed how", async () => {
  const codes = ["task.soft_limit", "no code of ours", "round.late", "task.soft_limit", "never reached"];
  const [all, two, final] = await Promise.all([
    engine.enqueue("flaky", { codes }),
    engine.enqueue("flaky", { codes: codes.slice(0, 1) }),
    engine.enqueue("flaky", { codes: ["task.soft_limit", FINAL] }),
  ]);
  expect(await engine.done(two)).toMatchObject({ state: "SUCCESS", attempt: 2, result: { attempts: 2 }, error: null });
  const retrying = await eventually("its second attempt failed", async () => {
    const why = await engine.why(all);
    return why.verdict === "retrying" && why.cause.includes("attempt 3 of 4") && why;
  });
  expect(retrying.cause).toContain("task.failed: no code of ours");
  expect(ms(retrying.next_at) - ms(retrying.facts_age.read_at)).toBeLessThanOrEqual(2000);
  expect(await engine.done(final)).toMatchObject({ state: "FAILURE", attempt: 2, error: { code: FINAL } });

  const { state, attempt, error } = await engine.done(all);
  expect([state, attempt, error.code]).toEqual(["FAILURE", 4, "task.soft_limit"]);
  expect(error.attempts).toMatchObject([
    { attempt: 1, code: "task.soft_limit", class: "CodedError", message: "attempt 1 had to fail" },
    { attempt: 2, code: "task.failed", class: "TypeError", message: "no code of ours" },
    { attempt: 3, code: "round.late" },
    { attempt: 4, code: "task.soft_limit" },
  ]);
  const lines = await engine.history(all);
  const one = ["STARTED", "RETRY"];
  expect(lines.map((line) => line.state)).toEqual(["PENDING", ...one, ...one, ...one, "STARTED", "FAILURE"]);
  const pauses = [3, 5, 7].map((n) => ms(lines[n]?.at) - ms(lines[n - 1]?.at));
  for (const [i, least] of [1000, 2000, 3000].entries()) {
    expect(pauses[i], `${pauses}`).toBeGreaterThanOrEqual(least);
    expect(pauses[i], `${pauses}`).toBeLessThan(least + 3000);
  }
  expect(error.stack).toContain("CodedError");
  const { body: open } = await engine.get(`/tasks/${all}`, { key: null });
  expect(open.error.attempts).toHaveLength(4);
  expect(JSON.stringify(open)).not.toContain("stack");
});

test("at the soft limit the handler's signal tells it; one that throws then has passed its limit", async () => {
  const [ends, throws] = await Promise.all([
    engine.enqueue("sleepy", { ms: 9000, when_told: "ends" }),
    engine.enqueue("sleepy", { ms: 9000, when_told: "throws" }),
  ]);
  expect(await engine.done(ends)).toMatchObject({ state: "SUCCESS", result: { told: "soft_limit" } });
  expect(await engine.done(throws)).toMatchObject({ state: "FAILURE", error: { code: "task.soft_limit" } });
});

test("at the hard limit the attempt is over and its place is free; what its handler says later changes nothing", async () => {
  await engine.post("/queues/trading/pause");
  const hangs = await engine.enqueue("sleepy", { ms: 3000, when_told: "sleeps_on" });
  // In the same batch, which must outlive the late answer for it to be given at all.
  const other = await engine.enqueue("patient", { ms: 4000 });
  const behind = await engine.enqueue("quick", { of: "behind" });
  expect(await engine.why(behind)).toMatchObject({
    verdict: "queue_paused",
    cause: expect.stringContaining("operator"),
  });
  await engine.patch("/queues/trading", { max_running: 2 });
  await engine.post("/queues/trading/resume");
  const why = await eventually("it runs", async () => {
    const why = await engine.why(hangs);
    return why.verdict === "running" && why;
  });
  const lease = ms(why.next_at) - ms(why.facts_age.read_at);
  expect([lease > 10_000, lease <= 20_000], `${lease}`).toEqual([true, true]);
  expect(await engine.why(behind)).toMatchObject({ verdict: "over_limit", cause: expect.stringContaining("2 of 2") });

  const cut = await engine.done(hangs);
  expect(cut).toMatchObject({ state: "FAILURE", error: { code: "task.hard_limit" }, result: null });
  const before = await engine.history(hangs);
  const [late] = await eventually("its handler has come to its end", async () => {
    const found = await engine.listed(`/tasks?name=quick&args.of=${encodeURIComponent(`late ${hangs}`)}`);
    return found.length > 0 && found;
  });
  expect(ms(late?.created_at)).toBeGreaterThan(ms(cut.finished_at));
  expect((await engine.done(other)).state).toBe("SUCCESS");
  expect(await engine.done(hangs)).toEqual(cut);
  expect(await engine.history(hangs)).toEqual(before);
  expect((await engine.done(behind)).state).toBe("SUCCESS");
  await engine.patch("/queues/trading", { max_running: null });
});

test("in a queue of one place the next task runs as soon as the hard limit frees it", async () => {
  await engine.patch("/queues/trading", { max_running: 1 });
  const hangs = await engine.enqueue("sleepy", { ms: 9000, when_told: "sleeps_on" });
  await eventually("it runs", async () => (await engine.why(hangs)).verdict === "running");
  const behind = await engine.enqueue("quick", { of: "behind one" });
  expect(await engine.why(behind)).toMatchObject({ verdict: "over_limit", cause: expect.stringContaining("1 of 1") });
  const [cut, next] = [await engine.done(hangs), await engine.done(behind)];
  expect(cut.error).toMatchObject({ code: "task.hard_limit" });
  const free = ms(next.started_at) - ms(cut.finished_at);
  // The minute's sweep would find the place as well, up to 60 s later.
  expect([free >= 0, free < 15_000], `${free}`).toEqual([true, true]);
  await engine.patch("/queues/trading", { max_running: null });
});

test("what waits for a countdown or an eta is cancelled at once, what runs by its heartbeat", async () => {
  const eta = new Date(Date.now() + 3_600_000).toISOString();
  for (const when of [{ countdown: 3600 }, { eta }]) {
    const id = await engine.enqueue("quick", { of: "cancelled" }, when);
    expect((await engine.why(id)).verdict).toBe("scheduled");
    expect(await engine.post(`/tasks/${id}/cancel`)).toMatchObject({ status: 200, body: { status: "revoked" } });
    expect(await engine.done(id)).toMatchObject({ state: "REVOKED", started_at: null });
  }
  const id = await engine.enqueue("patient", { ms: 30_000 });
  await eventually("it runs", async () => (await engine.why(id)).verdict === "running");
  expect(await engine.post(`/tasks/${id}/cancel`)).toMatchObject({ status: 202, body: { status: "cancelling" } });
  expect((await engine.why(id)).verdict).toBe("cancelling");
  const { state, started_at, finished_at } = await engine.done(id);
  expect(state).toBe("REVOKED");
  expect(ms(finished_at) - ms(started_at)).toBeLessThan(15_000);
});

test("one Idempotency-Key is one task, whatever begins it, and another body under it is refused", async () => {
  const agent = (await engine.post("/agents", { name: "Once", strategy_type: "momentum" })).body.id;
  const live = await cup("Once", 0, [agent]);
  expect((await engine.post(`/tournaments/${live}/start`)).status).toBe(200);
  const failed = await engine.enqueue("flaky", { codes: [FINAL] });
  await engine.done(failed);
  const frozen = await engine.post("/bulk", { action: "retry", ids: [await engine.enqueue("flaky", { codes: [] })] });
  const posts: [string, object][] = [
    ["/tasks", { name: "quick", args: { of: "once" } }],
    [`/tasks/${failed}/retry`, {}],
    [`/agents/${agent}/run?tournament_id=${live}`, {}],
    [`/agents/${agent}/recover?tournament_id=${live}`, {}],
    ["/schedules/update_tournament_rankings/run", {}],
    ["/bulk", { action: "retry", ids: [failed] }],
    ["/bulk", { token: frozen.body.token }],
  ];
  for (const [n, [path, body]] of posts.entries()) {
    const headers = { "idempotency-key": `once ${n}` };
    const both = await Promise.all([1, 2].map(() => engine.post(path, body, { headers })));
    const [first, second] = both;
    expect(first?.status, `${path} ${JSON.stringify(first?.body)}`).toBe("action" in body ? 200 : 202);
    expect(second, path).toMatchObject({ status: first?.status, body: first?.body });
    expect(
      both.filter((answer) => answer.headers.has("idempotency-replayed")),
      path,
    ).toHaveLength(1);
    const other = await engine.post(path, { ...body, other: true }, { headers });
    expect(other, path).toMatchObject({ status: 422, body: { code: "request.idempotency_mismatch" } });
  }
  await engine.done(failed);
  expect((await engine.history(failed)).filter(({ state }) => state === "PENDING")).toHaveLength(2);
  expect(await engine.listed("/tasks?name=quick&args.of=once")).toHaveLength(1);
});

test("a second task under a unique key returns the first, is refused, or takes its place: it waits, runs or is done", async () => {
  const begin = (key: string, when_exists: string, rest: object) =>
    engine.post("/tasks", { name: "patient", args: { ms: 0 }, unique: { key, when_exists }, ...rest });
  const holders = {
    waits: { countdown: 600 },
    done: {},
    runs: { args: { ms: 30_000 } },
  };
  for (const [key, rest] of Object.entries(holders)) {
    const first = (await begin(key, "refuse", rest)).body.task_id;
    if (key === "done") await engine.done(first);
    if (key === "runs") await eventually("it runs", async () => (await engine.why(first)).verdict === "running");
    expect((await begin(key, "return", rest)).body.task_id, key).toBe(first);
    const refused = await begin(key, "refuse", rest);
    expect(refused, key).toMatchObject({ status: 409, body: { code: "task.exists", task_id: first } });
    const second = (await begin(key, "replace", { args: { ms: 0 } })).body.task_id;
    expect(second, key).not.toBe(first);
    expect((await begin(key, "return", rest)).body.task_id, key).toBe(second);
    if (key === "runs") {
      // Not beside the one that it replaces: it waits for that one's lease.
      expect(await engine.why(second)).toMatchObject({ verdict: "scheduled", next_at: expect.any(String) });
      await engine.post(`/tasks/${second}/cancel`);
    } else expect((await engine.done(second)).state, key).toBe("SUCCESS");
    expect((await engine.done(first)).state, key).toBe(key === "done" ? "SUCCESS" : "REVOKED");
  }
});

test("300 tasks of one tournament do not hold back another's six, and the rest is cancelled by one bulk job", async () => {
  const [large, small] = [await cup("Large", DAY_MS), await cup("Small", DAY_MS)];
  await engine.post("/queues/trading/pause");
  const many = Array.from({ length: 300 }, (_, n) => ({ of: `large ${n}`, tournament_id: large }));
  await sideBySide(many, 8, async (args) => void (await engine.enqueue("quick", args)));
  for (let n = 0; n < 6; n++) await engine.enqueue("quick", { of: `small ${n}`, tournament_id: small });
  await engine.patch("/queues/trading", { max_running: 1 });
  await engine.post("/queues/trading/resume");
  const done = (id: string) => engine.listed(`/tasks?tournament_id=${id}&state=SUCCESS`);
  const last = await eventually("the six are done", async () => {
    const items = await done(small);
    return items.length === 6 && Math.max(...items.map(({ started_at }) => ms(started_at)));
  });
  expect((await done(large)).filter(({ started_at }) => ms(started_at) < last).length).toBeLessThanOrEqual(8);
  const filter = { tournament_id: large, state: "PENDING,RETRY" };
  const dry = (await engine.post("/bulk", { action: "cancel", filter })).body;
  await engine.post("/bulk", { token: dry.token });
  const { done: cancelled, skipped, failed } = await ended(dry.bulk_id);
  expect([cancelled + skipped, failed]).toEqual([dry.frozen, 0]);
  expect(cancelled).toBeGreaterThan(100);
  await engine.patch("/queues/trading", { max_running: null });
});

test("a bulk job asks first, takes its own token alone, and says by whom it was", async () => {
  const ids = await Promise.all([1, 2, 3].map(() => engine.enqueue("flaky", { codes: [FINAL], mark: "in bulk" })));
  for (const id of ids) await engine.done(id);
  const filter = { name: "flaky", "args.mark": "in bulk" };
  for (const action of ["retry", "cancel", "delete"]) {
    expect(await engine.post("/bulk", { action, filter: {} })).toMatchObject({ body: { code: "bulk.empty_filter" } });
  }
  const dry = (await engine.post("/bulk", { action: "retry", filter })).body;
  expect(dry).toMatchObject({ frozen: 3, by_state: { FAILURE: 3 } });
  expect(await engine.post("/bulk", { token: `${dry.token}x` })).toMatchObject({ body: { code: "bulk.bad_token" } });
  for (const id of ids) expect(await engine.history(id)).toHaveLength(3);
  await engine.post("/bulk", { token: dry.token });
  expect(await ended(dry.bulk_id)).toMatchObject({ done: 3, by: "operator", progress: 1 });
  for (const id of ids) {
    await engine.done(id);
    expect((await engine.history(id))[3]).toMatchObject({ by: `operator (bulk ${dry.bulk_id})`, state: "PENDING" });
  }
  const gone = (await engine.post("/bulk", { action: "delete", filter })).body;
  await engine.post("/bulk", { token: gone.token });
  await ended(gone.bulk_id);
  for (const id of ids) expect((await engine.get(`/tasks/${id}`)).status).toBe(404);
});

test("the bulk job whose runtime was killed went on to its end", async () => {
  const { done, skipped, failed, progress, by } = await ended(job.bulk_id);
  expect({ done, skipped, failed, progress, by }).toEqual({
    done: HELD_BACK,
    skipped: 0,
    failed: 0,
    progress: 1,
    by: "operator",
  });
  const { state, attempt, progress: share } = await engine.done(job.task_id);
  expect([state, attempt, share]).toEqual(["SUCCESS", 1, 1]);
  // The lost attempt was given back.
  const lines = await engine.history(job.task_id);
  expect(lines.map((line) => line.state).filter((one) => one === "STARTED")).toHaveLength(2);
  const [one] = await engine.listed("/tasks?name=quick&args.of=held%20back&state=PENDING");
  expect(one).toBeUndefined();
});

test("every write is one line of the audit, and no list is shown without the key", async () => {
  const lines = await engine.listed("/audit");
  const byId = Map.groupBy(lines, ({ correlation_id }: Item) => String(correlation_id));
  expect(engine.written.length).toBeGreaterThan(350);
  for (const id of engine.written) {
    const own = (byId.get(id) ?? []).filter(({ action }) => /^(POST|PATCH) \//.test(String(action)));
    expect(own, id).toMatchObject([{ actor: "operator" }]);
  }
  const lists = ["active", "scheduled", "reserved", "entries", "stats", "registered", "schedules"].map(
    (name) => `/inspect/${name}`,
  );
  lists.push(
    "/tasks",
    "/errors",
    "/queues",
    "/dead-letters",
    "/consumers",
    "/bulk",
    "/schedules",
    "/audit",
    "/recoveries",
  );
  lists.push(`/tasks/${job.task_id}/history`, `/bulk/${job.bulk_id}`, "/schedules/cleanup_old_results/ticks");
  for (const path of lists) {
    expect((await engine.get(path)).status, path).toBe(200);
    expect(await engine.get(path, { key: null }), path).toMatchObject({ status: 401, body: { code: "auth.required" } });
  }
});
