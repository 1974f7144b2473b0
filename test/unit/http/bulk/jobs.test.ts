import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { runBulkChunk } from "../../../../src/db/statements/bulk/run-chunk.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, NOWHERE, openApi } from "../../../support/http-app.ts";
import { type InProcess, inProcess } from "../../../support/in-process.ts";
import { insertTask } from "../../../support/insert-task.ts";

let api: Api;
let engine: InProcess;
beforeAll(async () => {
  const made: { engine?: InProcess } = {};
  api = await openApi({
    // The real engine: what is confirmed runs as a task.
    enqueue: async (name, args, options) => {
      if (!made.engine) throw new Error("no engine");
      return made.engine.ports.enqueue(name, args, options);
    },
  });
  engine = inProcess(api.db.query);
  made.engine = engine;
});
beforeEach(async () => {
  engine.queued.length = 0;
  await api.db.query("delete from tasks");
  await api.db.query("delete from task_keys");
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const task = (state: string, fields: Record<string, unknown> = {}) =>
  insertTask(api.db.query, {
    id: api.deps.newId(),
    name: "check_tournament_transitions",
    queue: "recovery",
    state,
    attempt: 2,
    sends: 1,
    due_at: new Date(Date.now() + 3_600_000).toISOString(),
    ...(state === "STARTED" ? { token: NOWHERE, lease_until: new Date(Date.now() + 60_000).toISOString() } : {}),
    ...fields,
  });
const stateOf = async (id: string) => (await api.get(`/tasks/${id}`)).body.state ?? "gone";
const dryRun = async (body: Record<string, unknown>) => {
  const answer = await api.post("/bulk", body);
  expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
  return answer.body;
};
const confirm = (token: string) => api.post("/bulk", { token });
const job = async (id: string) => (await api.get(`/bulk/${id}`)).body;

test("a dry run freezes the selected tasks and changes nothing", async () => {
  const [a, b] = [await task("FAILURE"), await task("FAILURE")];
  await task("PENDING", { name: "cleanup_old_results" });
  const before = await api.rowCounts();
  const dry = await dryRun({ action: "retry", filter: { name: "check_tournament_transitions" } });
  expect(dry).toEqual({
    bulk_id: expect.any(String),
    token: expect.any(String),
    action: "retry",
    frozen: 2,
    by_state: { FAILURE: 2 },
    final: 0,
    sample: [b, a].map((task_id) => ({ task_id, name: "check_tournament_transitions", state: "FAILURE" })),
  });
  expect(await api.rowCounts()).toEqual({
    ...before,
    bulk_jobs: (before.bulk_jobs ?? 0) + 1,
    bulk_items: (before.bulk_items ?? 0) + 2,
  });
  expect([await stateOf(a), await stateOf(b)]).toEqual(["FAILURE", "FAILURE"]);
  expect(await job(dry.bulk_id)).toMatchObject({
    state: "dry_run",
    frozen: 2,
    done: 0,
    confirmable: true,
    by: "operator",
  });
  const [stored] = await api.db.query<{ token: string }>("select token from bulk_jobs where id = $1", [dry.bulk_id]);
  expect(stored?.token).not.toContain(dry.token);
});

test("tasks that come after the dry run are not touched", async () => {
  const a = await task("FAILURE");
  const { token } = await dryRun({ action: "delete", filter: { state: "FAILURE" } });
  const later = await task("FAILURE");
  await confirm(token);
  await engine.drain();
  expect([await stateOf(a), await stateOf(later)]).toEqual(["gone", "FAILURE"]);
});

test("a retry starts every finished task over, says who did it, and skips the others with a reason", async () => {
  const [failed, done, running, gone] = [
    await task("FAILURE"),
    await task("SUCCESS"),
    await task("STARTED"),
    await task("FAILURE"),
  ];
  const { token, bulk_id } = await dryRun({
    action: "retry",
    ids: [failed, done, running, gone, NOWHERE],
    args: { countdown: 600 },
  });
  const started = await confirm(token);
  await api.db.query("delete from tasks where id = $1", [gone]);
  expect(started).toMatchObject({ status: 202, body: { bulk_id, task_id: expect.any(String), status: "queued" } });
  await engine.drain();
  expect([await stateOf(failed), await stateOf(done), await stateOf(running)]).toEqual([
    "PENDING",
    "PENDING",
    "STARTED",
  ]);
  expect(await job(bulk_id)).toMatchObject({
    state: "done",
    frozen: 4,
    done: 2,
    skipped: 2,
    failed: 0,
    progress: 1,
    reasons: { "it is STARTED": 1, "it is gone": 1 },
    task_id: started.body.task_id,
  });
  const [row] = await api.db.query<{ by: string; code_version: string; seconds: number; attempt: number }>(
    `select history->-1->>'by' as by, history->-1->>'code_version' as code_version, extract(epoch from due_at - agonus_now())::int as seconds, attempt from tasks where id = $1`,
    [failed],
  );
  expect(row?.by).toBe(`operator (bulk ${bulk_id})`);
  expect(row?.code_version).toBe("test-version");
  expect(row?.seconds).toBeGreaterThan(590);
  expect(row?.attempt).toBe(0);
  expect((await api.get(`/tasks/${started.body.task_id}`)).body).toMatchObject({
    state: "SUCCESS",
    result: { done: 2, skipped: 2 },
  });
});

test("a retry without a countdown is sent at once, and runs", async () => {
  const failed = await task("FAILURE");
  const { token } = await dryRun({ action: "retry", filter: { state: "FAILURE" } });
  await confirm(token);
  await engine.drain();
  expect(await stateOf(failed)).toBe("SUCCESS");
});

test("a retry skips the failures that no retry can help, and the dry run counts them", async () => {
  const failed = (code: string | null) => task("FAILURE", { error: { code, message: "no", attempts: [] } });
  const [final, mendable, unknown] = [await failed("task.bad_args"), await failed("agent.timeout"), await failed(null)];
  // Its key went to the failure that may be mended.
  const [older, newer] = [
    await task("FAILURE", { key: "same" }),
    await task("FAILURE", { key: "same", error: { code: "entry.not_found", message: "no", attempts: [] } }),
  ];
  const ids = [final, mendable, unknown, older, newer];
  expect(await dryRun({ action: "delete", ids })).toMatchObject({ frozen: 5, final: 0 });
  const { token, bulk_id, ...dry } = await dryRun({ action: "retry", ids, args: { countdown: 600 } });
  expect(dry).toMatchObject({ frozen: 5, final: 2 });
  await confirm(token);
  await engine.drain();
  expect(await Promise.all(ids.map(stateOf))).toEqual(["FAILURE", "PENDING", "PENDING", "PENDING", "FAILURE"]);
  expect(await job(bulk_id)).toMatchObject({
    ...{ done: 3, skipped: 2 },
    reasons: { "a retry can't help after task.bad_args": 1, "a retry can't help after entry.not_found": 1 },
  });
});

test("a failure whose key another task holds is not started over", async () => {
  const failed = await task("FAILURE", { key: "k" });
  const heir = await task("PENDING", { key: "k" });
  await api.db.query("insert into task_keys (key, task_id) values ('k', $1)", [heir]);
  const { token, bulk_id } = await dryRun({ action: "retry", ids: [failed] });
  await confirm(token);
  await engine.drain();
  expect(await stateOf(failed)).toBe("FAILURE");
  expect((await job(bulk_id)).reasons).toEqual({ "another task has its key now": 1 });
});

test("a cancel revokes waiting tasks, tells running tasks, and skips finished tasks", async () => {
  const [waiting, retrying, running, done] = [
    await task("PENDING"),
    await task("RETRY"),
    await task("STARTED"),
    await task("SUCCESS"),
  ];
  const { token, bulk_id } = await dryRun({ action: "cancel", filter: { name: "check_tournament_transitions" } });
  await confirm(token);
  await engine.drain();
  expect([await stateOf(waiting), await stateOf(retrying), await stateOf(running), await stateOf(done)]).toEqual([
    "REVOKED",
    "REVOKED",
    "STARTED",
    "SUCCESS",
  ]);
  const [row] = await api.db.query("select cancel_requested from tasks where id = $1", [running]);
  expect(row?.cancel_requested).toBe(true);
  expect(await job(bulk_id)).toMatchObject({ done: 3, skipped: 1 });
});

test("a delete removes only finished tasks, with their keys, and the counts follow", async () => {
  const [done, waiting] = [await task("SUCCESS", { key: "gone" }), await task("PENDING", { key: "stays" })];
  await api.db.query("insert into task_keys (key, task_id) values ('gone', $1), ('stays', $2)", [done, waiting]);
  const { token, bulk_id } = await dryRun({ action: "delete", filter: { name: "check_tournament_transitions" } });
  await confirm(token);
  await engine.drain();
  expect([await stateOf(done), await stateOf(waiting)]).toEqual(["gone", "PENDING"]);
  expect(await api.db.query("select key from task_keys where key in ('gone', 'stays')")).toEqual([{ key: "stays" }]);
  expect((await job(bulk_id)).reasons).toEqual({ "it is PENDING": 1 });
  const { counts } = (await api.get("/tasks?name=check_tournament_transitions")).body;
  expect(counts).toMatchObject({ SUCCESS: 0, PENDING: 1 });
});

test("a token has 256 random bits of its own, and the database keeps its hash alone", async () => {
  const id = await task("FAILURE");
  const { bulk_id, token } = await dryRun({ action: "retry", ids: [id] });
  expect(token).toMatch(new RegExp(`^${bulk_id}\\.[\\w-]{43}$`));
  const [row] = await api.db.query<{ token: string; row: string }>(
    "select token, j::text as row from bulk_jobs j where id = $1",
    [bulk_id],
  );
  expect(row?.token).toMatch(/^[0-9a-f]{64}$/);
  expect(row?.row).not.toContain(token.split(".")[1]);
  expect(await api.post("/bulk", { token: row?.token })).toMatchObject({ status: 409 });
  expect(await api.post("/bulk", { token: `${bulk_id}.${row?.token}` })).toMatchObject({ status: 409 });
});

test("a token works once, within fifteen minutes, and only unchanged", async () => {
  await task("FAILURE");
  const first = await dryRun({ action: "retry", filter: { state: "FAILURE" }, args: { countdown: 60 } });
  const answers = await Promise.all([confirm(first.token), confirm(first.token)]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([202, 409]);
  expect((await confirm(first.token)).body.code).toBe("bulk.bad_token");
  await task("FAILURE");
  const second = await dryRun({ action: "retry", filter: { state: "FAILURE" } });
  expect((await confirm(`${second.bulk_id}.${NOWHERE}`)).body.code).toBe("bulk.bad_token");
  expect((await confirm("nonsense")).body.code).toBe("bulk.bad_token");
  await api.db.query("update bulk_jobs set created_at = created_at - interval '15 minutes' where id = $1", [
    second.bulk_id,
  ]);
  expect((await confirm(second.token)).body.code).toBe("bulk.bad_token");
  expect(await job(second.bulk_id)).toMatchObject({ state: "dry_run", confirmable: false, task_id: null });
});

test("a job that was cut off goes on with its open items, and does nothing twice", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 30; n++) ids.push(await task("FAILURE"));
  const { token, bulk_id } = await dryRun({ action: "retry", ids, args: { countdown: 600 } });
  await confirm(token);
  // An invocation that died after its first ten items.
  expect((await runBulkChunk(api.db.query, bulk_id, "retry", 10, "v1")).picked).toBe(10);
  expect(await job(bulk_id)).toMatchObject({ state: "running", done: 10 });
  await Promise.all([
    engine.drain(),
    runBulkChunk(api.db.query, bulk_id, "retry", 10, "v1"),
    runBulkChunk(api.db.query, bulk_id, "retry", 10, "v1"),
  ]);
  await engine.drain();
  expect(await job(bulk_id)).toMatchObject({ state: "done", done: 30, skipped: 0 });
  const rows = await api.db.query<{ n: number }>(
    "select jsonb_array_length(history) as n from tasks where id = any($1)",
    [ids],
  );
  expect(rows.every((row) => row.n === 1)).toBe(true);
});

test("a second runner of a job finds no item open that the first runner has done", async () => {
  for (let n = 0; n < 10; n++) await task("STARTED");
  const { token, bulk_id } = await dryRun({ action: "cancel", filter: { state: "STARTED" } });
  await confirm(token);
  const both = await api.db.session(async (session) => {
    await session("begin");
    await session("select from bulk_jobs where id = $1 for update", [bulk_id]);
    const runners = [1, 2].map(() => runBulkChunk(api.db.query, bulk_id, "cancel", 10, "v1"));
    // Both have begun: each sees ten open items.
    for (let waiting = 0; waiting < 2; ) {
      const [row] = await session<{ n: number }>(
        "select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      waiting = row?.n ?? 0;
    }
    await session("commit");
    return Promise.all(runners);
  });
  expect(both.map((chunk) => chunk.picked).sort((a, b) => a - b)).toEqual([0, 10]);
  await engine.drain();
  expect(await job(bulk_id)).toMatchObject({ state: "done", done: 10, skipped: 0 });
  const rows = await api.db.query("select 1 from tasks where jsonb_array_length(history) > 1 and state = 'STARTED'");
  expect(rows).toEqual([]);
});

test("a running task that was asked to cancel is not asked again by a bulk job, nor by a second one", async () => {
  const [byHand, fresh] = [await task("STARTED"), await task("STARTED")];
  await api.post(`/tasks/${byHand}/cancel`);
  for (let time = 0; time < 2; time++) {
    const { token, bulk_id } = await dryRun({ action: "cancel", ids: [byHand, fresh] });
    await confirm(token);
    await engine.drain();
    expect(await job(bulk_id)).toMatchObject({ state: "done", done: 2, skipped: 0 });
  }
  const whys = async (id: string) =>
    (await api.get(`/tasks/${id}/history`)).body.items.map(({ why }: { why: string }) => why);
  expect(await whys(byHand)).toEqual(["asked to cancel"]);
  expect(await whys(fresh)).toEqual(["cancelled by a bulk job"]);
});

test("a retry starts one of two failures with the same key", async () => {
  const [older, newer] = [await task("FAILURE", { key: "same" }), await task("FAILURE", { key: "same" })];
  const { token, bulk_id } = await dryRun({ action: "retry", ids: [older, newer], args: { countdown: 600 } });
  await confirm(token);
  await engine.drain();
  expect([await stateOf(older), await stateOf(newer)]).toEqual(["FAILURE", "PENDING"]);
  expect(await api.db.query("select task_id from task_keys where key = 'same'")).toEqual([{ task_id: newer }]);
  expect(await job(bulk_id)).toMatchObject({ done: 1, skipped: 1 });
});

test("an aborted job stops, and says what it did", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 6; n++) ids.push(await task("FAILURE"));
  const { token, bulk_id } = await dryRun({ action: "delete", ids });
  const { task_id } = (await confirm(token)).body;
  await runBulkChunk(api.db.query, bulk_id, "delete", 2, "v1");
  expect(await api.post("/bulk", { bulk_id, abort: true })).toMatchObject({
    status: 200,
    body: { state: "aborted", done: 2 },
  });
  await engine.drain();
  expect(await job(bulk_id)).toMatchObject({ state: "aborted", done: 2 });
  expect((await Promise.all(ids.map(stateOf))).filter((state) => state === "FAILURE")).toHaveLength(4);
  expect(await stateOf(task_id)).toBe("REVOKED");
  expect((await api.post("/bulk", { bulk_id, abort: true })).body.code).toBe("bulk.finished");
});

test("a task that the database refuses to change fails alone", async () => {
  const [bad, good] = [await task("FAILURE", { args: { bad: true } }), await task("FAILURE")];
  await api.db.query(
    `alter table tasks add constraint refused check (args <> '{"bad": true}' or state <> 'PENDING') not valid`,
  );
  const { token, bulk_id } = await dryRun({ action: "retry", ids: [bad, good], args: { countdown: 600 } });
  await confirm(token);
  await engine.drain();
  await api.db.query("alter table tasks drop constraint refused");
  expect(await job(bulk_id)).toMatchObject({ state: "done", done: 1, failed: 1 });
  expect([await stateOf(bad), await stateOf(good)]).toEqual(["FAILURE", "PENDING"]);
});

test("a selection of all tasks, of none or of too many is refused, and nothing is stored", async () => {
  await task("FAILURE");
  const before = await api.rowCounts();
  const refused = async (body: unknown, code: string) => {
    const answer = await api.post("/bulk", body);
    expect([JSON.stringify(body), answer.status, answer.body.code]).toEqual([JSON.stringify(body), 422, code]);
  };
  await refused({ action: "delete", filter: {} }, "bulk.empty_filter");
  await refused({ action: "delete", filter: { state: "REVOKED" } }, "bulk.nothing_selected");
  await refused({ action: "delete", ids: [] }, "bulk.nothing_selected");
  await refused({ action: "delete" }, "request.invalid");
  await refused({ filter: { state: "FAILURE" } }, "request.invalid");
  await refused({ action: "erase", filter: { state: "FAILURE" } }, "request.invalid");
  await refused({ action: "delete", filter: { state: "FAILURE" }, ids: [NOWHERE] }, "request.invalid");
  await refused({ action: "delete", filter: { states: "FAILURE" } }, "request.invalid");
  await refused({ action: "delete", filter: { state: "FAILURE" }, token: "x" }, "request.invalid");
  await refused({ action: "delete", filter: { state: "FAILURE" }, args: { countdown: 1 } }, "request.invalid");
  await refused({ action: "retry", filter: { state: "FAILURE" }, args: { countdown: -1 } }, "request.invalid");
  await refused({ bulk_id: NOWHERE }, "request.invalid");
  expect((await api.post("/bulk", { bulk_id: NOWHERE, abort: true })).body.code).toBe("bulk.not_found");
  expect((await api.get(`/bulk/${NOWHERE}`)).body.code).toBe("bulk.not_found");
  expect((await api.see(`/bulk/${NOWHERE}`)).status).toBe(401);
  expect(await api.rowCounts()).toEqual(before);
});
