/** Operations on tasks over HTTP, with the real engine behind: unique keys, retry, cancel, history, idempotency. */
import { uuidv7 } from "uuidv7";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { OutOfReach } from "../../../../src/db/errors.ts";
import { claimTasks } from "../../../../src/db/statements/tasks/claim.ts";
import { finishTask } from "../../../../src/db/statements/tasks/finish.ts";
import { heartbeat } from "../../../../src/db/statements/tasks/heartbeat.ts";
import { closeTestServer } from "../../../support/database.ts";
import { withTwin } from "../../../support/guards.ts";
import { type Api, NOWHERE } from "../../../support/http-app.ts";
import { openEngine } from "../../../support/http-engine.ts";
import { type InProcess, inProcess } from "../../../support/in-process.ts";

let api: Api;
let run: InProcess;
beforeEach(async () => {
  ({ api, run } = await openEngine());
});
afterEach(() => api.db.close());
afterAll(closeTestServer);

const NAME = "update_tournament_rankings";
type When = "return" | "replace" | "refuse";
const unique = (when_exists: When, more: Record<string, unknown> = {}) =>
  api.post("/tasks", { name: NAME, unique: { key: "nightly", when_exists }, ...more });
const stateOf = async (id: string) => (await api.get(`/tasks/${id}`)).body.state;
const taskCount = async () => (await api.db.query(`select 1 from tasks`)).length;

/** A task under the key that waits, runs or is done; the token of a running one. */
async function holder(state: "waiting" | "running" | "done"): Promise<{ id: string; token: string }> {
  const { body } = await unique("return", state === "waiting" ? { countdown: 600 } : {});
  const token = uuidv7();
  if (state === "running") await claimTasks(api.db.query, [body.task_id], token, 20, "worker 1");
  if (state === "done") await run.drain();
  return { id: body.task_id, token };
}

test.each(["waiting", "running", "done"] as const)(
  "a key whose task is %s: return gives it, refuse names it",
  async (state) => {
    const { id } = await holder(state);
    expect(await unique("return")).toMatchObject({ status: 202, body: { task_id: id, status: "queued" } });
    expect(await unique("refuse")).toMatchObject({ status: 409, body: { code: "task.exists", task_id: id } });
    expect(await taskCount()).toBe(1);
  },
);

test("replace: a waiting task is revoked, and the new one has the key", async () => {
  const { id } = await holder("waiting");
  const { body } = await unique("replace");
  expect(body.task_id).not.toBe(id);
  expect([await stateOf(id), await stateOf(body.task_id)]).toEqual(["REVOKED", "PENDING"]);
  expect((await unique("return")).body.task_id).toBe(body.task_id);
  expect(await api.post(`/tasks/${id}/retry`)).toMatchObject({
    status: 409,
    body: { code: "task.exists", task_id: body.task_id },
  });
});

test("replace: a running task is asked to cancel, and the new one waits for its lease", async () => {
  const { id, token } = await holder("running");
  const { body } = await unique("replace");
  expect(await heartbeat(api.db.query, id, token, 20, null)).toBe("cancelled");
  await run.drain();
  expect(await stateOf(body.task_id)).toBe("PENDING");
  const [row] = await api.db.query<{ wait: number }>(
    `select extract(epoch from due_at - agonus_now())::float8 as wait from tasks where id = $1`,
    [body.task_id],
  );
  expect(row?.wait).toBeGreaterThan(15);
});

test("replace: a done task stays as it is", async () => {
  const { id } = await holder("done");
  const { body } = await unique("replace");
  expect(await stateOf(id)).toBe("SUCCESS");
  await run.drain();
  expect(await stateOf(body.task_id)).toBe("SUCCESS");
});

test("ten concurrent replacements leave one task to run", async () => {
  await holder("waiting");
  const answers = await Promise.all(Array.from({ length: 10 }, () => unique("replace")));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  const states = await api.db.query<{ state: string }>(`select state from tasks where state <> 'REVOKED'`);
  expect(states).toEqual([{ state: "PENDING" }]);
  expect((await unique("return")).body.task_id).toBe(
    (await api.db.query<{ id: string }>(`select id from tasks where state = 'PENDING'`))[0]?.id,
  );
});

test("without the comparison in its statement, a replaced task would go on", async () => {
  const query = withTwin(api.db.query, { guard: "replace-holder", broken: "and $3::uuid is not null" });
  const racing = inProcess(query);
  const racer = () =>
    racing.ports.enqueue(NAME, {}, { unique: { key: "nightly", whenExists: "replace" }, countdownSeconds: 60 });
  await holder("waiting");
  for (let round = 0; round < 10; round++) {
    await Promise.all([1, 2, 3, 4].map(racer));
    const left = await api.db.query(`select 1 from tasks where state <> 'REVOKED'`);
    if (left.length > 1) return;
  }
  expect.fail("the broken twin passed");
});

test("a unique key belongs to one task name, and is refused for tasks with a key of their own", async () => {
  const { id } = await holder("waiting");
  const other = await api.post("/tasks", { name: "check_tournament_transitions", unique: { key: "nightly" } });
  expect(other.body.task_id).not.toBe(id);
  const args = { tournament_id: NOWHERE, agent_id: NOWHERE };
  expect(await api.post("/tasks", { name: "recover_agent_state", args, unique: { key: "x" } })).toMatchObject({
    status: 422,
    body: { errors: [{ path: "unique" }] },
  });
});

test.each<[string, Record<string, unknown>, string]>([
  ["a name that nobody knows", { name: "rm_rf" }, "name"],
  [
    "arguments that don't fit",
    { name: "run_agent_decision", args: { tournament_id: "x", agent_id: NOWHERE } },
    "args.tournament_id",
  ],
  ["arguments that are none", { name: NAME, args: { surprise: 1 } }, "args.surprise"],
  ["a negative countdown", { name: NAME, countdown: -1 }, "countdown"],
  ["a countdown of over a year", { name: NAME, countdown: 365 * 86_400 + 1 }, "countdown"],
  ["an eta that has passed", { name: NAME, eta: "2020-01-01T00:00:00Z" }, "eta"],
  ["an eta in two years", { name: NAME, eta: new Date(Date.now() + 2 * 365 * 86_400_000).toISOString() }, "eta"],
  ["both", { name: NAME, countdown: 1, eta: "2100-01-01T00:00:00Z" }, "eta"],
  ["a policy that there isn't", { name: NAME, unique: { key: "a", when_exists: "explode" } }, "unique.when_exists"],
  ["an endless key", { name: NAME, unique: { key: "a".repeat(201) } }, "unique.key"],
])("%s enqueues nothing and says where", async (_, body, path) => {
  expect(await api.post("/tasks", body)).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  expect(await taskCount()).toBe(0);
});

test("a body of 10 MB is refused, and a wait of a day", async () => {
  const raw = JSON.stringify({ name: NAME, args: { text: "x".repeat(10_000_000) } });
  expect((await api.call("POST", "/tasks", { raw })).status).toBe(413);
  expect(await taskCount()).toBe(0);
  expect(await api.get(`/tasks/${NOWHERE}?wait=86400`)).toMatchObject({
    status: 422,
    body: { errors: [{ path: "wait" }] },
  });
});

test("a year's countdown waits in the database, and is sent by nobody before", async () => {
  const { body } = await api.post("/tasks", { name: NAME, countdown: 365 * 86_400 });
  expect(run.queued).toEqual([]);
  expect(await stateOf(body.task_id)).toBe("PENDING");
});

/** A task that has failed for good. */
async function failed(): Promise<string> {
  const { body } = await api.post("/tasks", { name: NAME });
  const token = uuidv7();
  await claimTasks(api.db.query, [body.task_id], token, 20, "worker 1");
  run.queued.length = 0;
  const error = { class: "Error", code: "task.failed", message: "row 7 is bad", stack: "at x" };
  const ending = { state: "FAILURE", result: null, error, afterMs: 0, givesAttemptBack: false, why: "no" } as const;
  await finishTask(api.db.query, body.task_id, token, ending, "worker 1");
  return body.task_id;
}

test("a retry starts the same task over, with its history and its errors", async () => {
  const id = await failed();
  expect(await api.post(`/tasks/${id}/retry`)).toMatchObject({ status: 202, body: { task_id: id, status: "queued" } });
  expect((await api.get(`/tasks/${id}`)).body).toMatchObject({
    state: "PENDING",
    attempt: 0,
    finished_at: null,
    error: { attempts: [{ attempt: 1, code: "task.failed", message: "row 7 is bad" }] },
  });
  expect(await api.post(`/tasks/${id}/retry`)).toMatchObject({ status: 409, body: { code: "task.not_finished" } });
  await run.drain();
  expect((await api.get(`/tasks/${id}`)).body).toMatchObject({ state: "SUCCESS", attempt: 1, error: null });
  const { body } = await api.get(`/tasks/${id}/history`);
  expect(body.items.map((item: { state: string; why: string; by: string }) => [item.state, item.why, item.by])).toEqual(
    [
      ["PENDING", "enqueued", "api"],
      ["STARTED", "claimed", "worker 1"],
      ["FAILURE", "no", "worker 1"],
      ["PENDING", "run again", "operator"],
      ["STARTED", "claimed", "test"],
      ["SUCCESS", "done", "test"],
    ],
  );
  const { error } = (await api.get(`/tasks/${await failed()}`)).body;
  for (const at of [...body.items, ...error.attempts].map((item: { at: string }) => item.at))
    expect(at).toBe(new Date(at).toISOString());
  // The code version is null for a consumer that signed without one.
  expect(body.items.map((item: { code_version: string | null }) => item.code_version)).toEqual([
    ...["test-version", null, null],
    ...["test-version", "test-version", "test-version"],
  ]);
  // A success can be retried too, and later.
  await api.post(`/tasks/${id}/retry`, { countdown: 3600 });
  expect(run.queued).toEqual([]);
  expect((await api.get(`/tasks/${id}`)).body).toMatchObject({ state: "PENDING", result: null });
});

test("one of ten concurrent retries starts the task over", async () => {
  const id = await failed();
  const answers = await Promise.all(Array.from({ length: 10 }, () => api.post(`/tasks/${id}/retry`)));
  expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array(9).fill(409)]);
  expect((await api.get(`/tasks/${id}/history`)).body.items).toHaveLength(4);
});

test("a failure's late result, after a retry, is refused", async () => {
  const { body } = await api.post("/tasks", { name: NAME });
  const id = body.task_id;
  const token = uuidv7();
  await claimTasks(api.db.query, [id], token, 20, "worker 1");
  const ending = { result: null, error: null, afterMs: 0, givesAttemptBack: false, why: "no" } as const;
  await finishTask(api.db.query, id, token, { ...ending, state: "REVOKED" }, "worker 1");
  await api.post(`/tasks/${id}/retry`);
  await claimTasks(api.db.query, [id], uuidv7(), 20, "worker 2");
  expect(await finishTask(api.db.query, id, token, { ...ending, state: "SUCCESS" }, "worker 1")).toBe(false);
  expect(await stateOf(id)).toBe("STARTED");
});

test("a retry with other arguments is a new task, checked like any, whose parent is the old one", async () => {
  const { body } = await api.post("/tasks", { name: "cleanup_old_results", args: { success_hours: 24 } });
  const parent = body.task_id;
  const again = (args: unknown) => api.post(`/tasks/${parent}/retry`, { args });
  expect(await again({ success_hours: 48 })).toMatchObject({
    status: 409,
    body: { code: "task.not_finished", state: "PENDING" },
  });
  await api.post(`/tasks/${parent}/cancel`);
  expect(await again({ success_hours: "all" })).toMatchObject({
    status: 422,
    body: { errors: [{ path: "args.success_hours" }] },
  });
  expect(await taskCount()).toBe(1);
  const child = (await again({ success_hours: 48 })).body.task_id;
  expect((await api.get(`/tasks/${child}`)).body).toMatchObject({ state: "PENDING", args: { success_hours: 48 } });
  expect((await api.get(`/tasks/${child}/history`)).body.parent_id).toBe(parent);
  expect((await api.get(`/tasks/${parent}/history`)).body.children).toEqual([child]);
  expect(await stateOf(parent)).toBe("REVOKED");
});

test("cancel: a waiting task is revoked at once, a finished one is refused", async () => {
  for (const countdown of [0, 3600]) {
    const { body } = await api.post("/tasks", { name: NAME, countdown });
    expect(await api.post(`/tasks/${body.task_id}/cancel`)).toMatchObject({ status: 200, body: { status: "revoked" } });
    await run.drain();
    expect(await stateOf(body.task_id)).toBe("REVOKED");
    expect(await api.post(`/tasks/${body.task_id}/cancel`)).toMatchObject({
      status: 409,
      body: { code: "task.finished", state: "REVOKED" },
    });
  }
});

test("cancel: a running task is told, and a task that waits for a retry ends", async () => {
  const { body } = await api.post("/tasks", { name: NAME });
  const token = uuidv7();
  await claimTasks(api.db.query, [body.task_id], token, 20, "worker 1");
  expect(await api.post(`/tasks/${body.task_id}/cancel`)).toMatchObject({
    status: 202,
    body: { status: "cancelling" },
  });
  expect(await heartbeat(api.db.query, body.task_id, token, 20, null)).toBe("cancelled");
  const ending = { result: null, error: null, afterMs: 0, givesAttemptBack: false, why: "again" } as const;
  await finishTask(api.db.query, body.task_id, token, { ...ending, state: "RETRY" }, "worker 1");
  expect(await stateOf(body.task_id)).toBe("REVOKED");
});

test.each(["retry", "cancel"])("%s needs the key and a task that is there", async (action) => {
  const id = await failed();
  expect((await api.post(`/tasks/${id}/${action}`, undefined, { key: null })).status).toBe(401);
  expect(await api.post(`/tasks/${NOWHERE}/${action}`)).toMatchObject({
    status: 404,
    body: { code: "task.not_found" },
  });
  expect((await api.get(`/tasks/${id}/history`, { key: null })).status).toBe(401);
  expect((await api.get(`/tasks/${NOWHERE}/history`)).status).toBe(404);
  expect(await stateOf(id)).toBe("FAILURE");
});

const once = (key: string, body: unknown = { name: NAME }, path = "/tasks") =>
  api.post(path, body, { headers: { "idempotency-key": key } });

test("the same request under one key is one task, another one is refused", async () => {
  const first = await once("a");
  const second = await once("a");
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(second.body).toEqual(first.body);
  expect(second.headers.get("location")).toBe(first.headers.get("location"));
  expect([first, second].map(({ headers }) => headers.get("idempotency-replayed"))).toEqual([null, "true"]);
  for (const other of [once("a", { name: NAME, countdown: 1 }), once("a", {}, `/tasks/${first.body.task_id}/cancel`)]) {
    expect(await other).toMatchObject({ status: 422, body: { code: "request.idempotency_mismatch" } });
  }
  expect((await once("b")).body.task_id).not.toBe(first.body.task_id);
  expect(await taskCount()).toBe(2);
  // A replayed answer did nothing: the audit has the two requests that did.
  expect(await api.db.query(`select 1 from audit where action = 'POST /tasks'`)).toHaveLength(2);
});

test("ten concurrent requests under one key all get the same task", async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => once("a")));
  expect(new Set(answers.map(({ status, body }) => `${status} ${body.task_id}`)).size).toBe(1);
  expect(await taskCount()).toBe(1);
});

test("a key is stored for a day, and a refused request leaves it free", async () => {
  expect((await once("a", { name: "nothing" })).status).toBe(422);
  const first = await once("a");
  await api.db.query(`update idempotency_keys set created_at = agonus_now() - interval '23 hours 59 minutes'`);
  expect((await once("a")).body.task_id).toBe(first.body.task_id);
  await api.db.query(`update idempotency_keys set created_at = agonus_now() - interval '24 hours 1 minute'`);
  expect((await once("a", { name: NAME, countdown: 9 })).body.task_id).not.toBe(first.body.task_id);
});

test("a request that died frees its key, and its repeat makes no second task", async () => {
  // The request died after its task was stored and before its answer was.
  const first = await once("a");
  await api.db.query(`update idempotency_keys set status = null, created_at = agonus_now() - interval '61 seconds'`);
  const second = await once("a");
  expect(second).toMatchObject({ status: 202, body: { task_id: first.body.task_id } });
  expect(await taskCount()).toBe(1);
  expect((await once("a")).headers.get("idempotency-replayed")).toBe("true");
});

test("a request that failed on our side is repeated at once, as one task", async () => {
  const send = run.ports.send;
  Object.assign(run.ports, { send: () => Promise.reject(new Error("fetch failed")) });
  expect((await once("a")).status).toBe(500);
  Object.assign(run.ports, { send });
  expect((await once("a")).status).toBe(202);
  expect(await taskCount()).toBe(1);
});

/** The first statement that holds this text is carried out, and its reply is lost. */
function losesReplyOf(part: string) {
  const { query } = api.deps;
  let lost = false;
  Object.assign(api.deps, {
    query: async (text: string, params?: readonly unknown[]) => {
      const rows = await query(text, params);
      if (lost || !text.includes(part)) return rows;
      lost = true;
      throw new OutOfReach("database", new Error("fetch failed"));
    },
  });
}

test("a retry whose reply was lost is answered as done by its repeat, and starts the task over once", async () => {
  const id = await failed();
  losesReplyOf("'run again'");
  const again = () => once("a", {}, `/tasks/${id}/retry`);
  expect(await again()).toMatchObject({ status: 503, body: { code: "internal.database" } });
  // Its message may have gone with the reply; the repeat sends it.
  expect(await again()).toMatchObject({ status: 202, body: { task_id: id, status: "queued" } });
  await run.drain();
  expect(await again()).toMatchObject({ status: 202, body: { task_id: id } });
  expect((await api.get(`/tasks/${id}/history`)).body.items.map((line: { why: string }) => line.why)).toEqual([
    ...["enqueued", "claimed", "no"],
    ...["run again", "claimed", "done"],
  ]);
  expect(await once("b", {}, `/tasks/${id}/retry`)).toMatchObject({ status: 202 });
  expect((await api.get(`/tasks/${id}/history`)).body.items.at(-1)).toMatchObject({ why: "run again" });
});

test("a task that has run to its end before the repeat is not started over by it", async () => {
  const id = await failed();
  losesReplyOf("'run again'");
  const again = () => once("a", {}, `/tasks/${id}/retry`);
  expect((await again()).status).toBe(503);
  run.queued.push({ queue: "agents", message: { type: "tasks", task_ids: [id] } });
  await run.drain();
  expect(await stateOf(id)).toBe("SUCCESS");
  expect((await again()).status).toBe(202);
  await run.drain();
  expect((await api.get(`/tasks/${id}/history`)).body.items).toHaveLength(6);
});

test("a bulk job's confirmation whose reply was lost is answered as done by its repeat", async () => {
  const id = await failed();
  const { token, bulk_id } = (await api.post("/bulk", { action: "retry", ids: [id] })).body;
  losesReplyOf("update bulk_jobs set state = 'running'");
  expect((await once("a", { token }, "/bulk")).status).toBe(503);
  const repeat = await once("a", { token }, "/bulk");
  expect(repeat).toMatchObject({ status: 202, body: { bulk_id, status: "queued" } });
  expect((await api.get(`/bulk/${bulk_id}`)).body).toMatchObject({ state: "running", task_id: repeat.body.task_id });
  expect(await once("b", { token }, "/bulk")).toMatchObject({ status: 409, body: { code: "bulk.bad_token" } });
});

test("a repeat waits while the first request runs, then is answered 409", { timeout: 30_000 }, async () => {
  await once("a");
  await api.db.query(`update idempotency_keys set status = null`);
  const answer = await once("a");
  expect(answer).toMatchObject({ status: 409, body: { code: "request.idempotency_in_flight" } });
  expect(answer.headers.get("retry-after")).toBe("2");
});

test.each([
  ["empty", ""],
  ["too long", "k".repeat(256)],
  ["not printable", "a\tb"],
])("a key that is %s is refused", async (_, key) => {
  expect(await once(key)).toMatchObject({ status: 422, body: { errors: [{ path: "Idempotency-Key" }] } });
  expect(await taskCount()).toBe(0);
});
