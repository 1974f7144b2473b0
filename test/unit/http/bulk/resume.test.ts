import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Query } from "../../../../src/db/query.ts";
import { BULK_RESUME_DAYS, resumeBulk } from "../../../../src/db/statements/bulk/job.ts";
import { failBulkItem, runBulkChunk } from "../../../../src/db/statements/bulk/run-chunk.ts";
import { deleteOld } from "../../../../src/db/statements/retention/rest.ts";
import { consume } from "../../../../src/engine/consume.ts";
import { roundHandlers } from "../../../../src/rounds/messages/handlers.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, NOWHERE, openApi } from "../../../support/http-app.ts";
import { openEngine } from "../../../support/http-engine.ts";
import type { InProcess } from "../../../support/in-process.ts";

let api: Api;
let run: InProcess;
beforeAll(async () => {
  ({ api, run } = await openEngine());
});
beforeEach(async () => {
  run.queued.length = 0;
  for (const table of ["tasks", "task_keys", "bulk_jobs"]) await api.db.query(`delete from ${table}`);
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

/** Tasks that wait for an hour to come; their ids in order. */
async function waiting(count: number): Promise<string[]> {
  const ids = await run.ports.enqueueMany(
    "check_tournament_transitions",
    Array.from({ length: count }, () => ({})),
  );
  run.queued.length = 0;
  await api.db.query("update tasks set due_at = agonus_now() + interval '1 hour' where id = any($1)", [ids]);
  return ids.sort();
}

/** A job that cancels them, confirmed; its task waits in the queue. */
async function confirmed(ids: readonly string[]): Promise<{ bulk_id: string; task_id: string }> {
  const dry = (await api.post("/bulk", { action: "cancel", ids })).body;
  return (await api.post("/bulk", { token: dry.token })).body;
}
const chunk = (id: string, items: number, query: Query = api.db.query) =>
  runBulkChunk(query, id, "cancel", items, "v1");
const abort = (id: string) => api.post("/bulk", { bulk_id: id, abort: true });
const resume = (id: string, key?: string) =>
  api.post(`/bulk/${id}/resume`, undefined, key ? { headers: { "idempotency-key": key } } : {});
const job = async (id: string) => (await api.get(`/bulk/${id}`)).body;
const stateOf = async (id: string) => (await api.get(`/tasks/${id}`)).body.state;

/** How often each task was cancelled by the job, by its history. */
async function cancels(ids: readonly string[]): Promise<number[]> {
  const rows = await api.db.query<{ n: number }>(
    `select (select count(*)::int from jsonb_array_elements(history) h where h->>'why' = 'cancelled by a bulk job') as n
     from tasks where id = any($1) order by id`,
    [ids],
  );
  return rows.map((row) => row.n);
}
const times = (count: number, n: number) => Array.from({ length: count }, () => n);

/** Waits until so many statements of this database wait for a lock. */
async function locked(statements: number): Promise<void> {
  await expect
    .poll(async () => {
      const [row] = await api.db.query<{ n: number }>(
        "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return row?.n;
    })
    .toBe(statements);
}

test("an aborted job that is resumed does exactly what was left, once", async () => {
  const ids = await waiting(10);
  const { bulk_id, task_id } = await confirmed(ids);
  await chunk(bulk_id, 4);
  await abort(bulk_id);
  expect(await job(bulk_id)).toMatchObject({ state: "aborted", done: 4, resumable: true, resumes: 0 });
  const answer = await resume(bulk_id);
  expect(answer).toMatchObject({ status: 202, body: { bulk_id, status: "queued", task_id: expect.any(String) } });
  expect(answer.headers.get("location")).toBe(`/bulk/${bulk_id}`);
  expect(answer.body.task_id).not.toBe(task_id);
  expect(await job(bulk_id)).toMatchObject({ state: "running", finished_at: null, resumable: false, resumes: 1 });
  await run.drain();
  expect(await job(bulk_id)).toMatchObject({ state: "done", done: 10, skipped: 0, progress: 1, resumable: false });
  expect(await cancels(ids)).toEqual(times(10, 1));
  const [first] = await api.db.query("select history->-1->>'by' as by from tasks where id = $1", [ids[9]]);
  expect(first).toEqual({ by: `operator (bulk ${bulk_id})` });
});

test("the resumption is in the audit, and after it the job's end", async () => {
  const { bulk_id } = await confirmed(await waiting(2));
  await abort(bulk_id);
  await resume(bulk_id);
  await run.drain();
  const rows = await api.db.query<{ action: string }>("select action from audit where target = $1 order by id", [
    bulk_id,
  ]);
  expect(rows.map(({ action }) => action)).toEqual(["POST /bulk/:id/resume", "bulk.cancel"]);
});

test("concurrent and repeated requests resume a job once, by one task", async () => {
  const ids = await waiting(3);
  const { bulk_id } = await confirmed(ids);
  await abort(bulk_id);
  const answers = await Promise.all([resume(bulk_id), resume(bulk_id), resume(bulk_id)]);
  answers.push(await resume(bulk_id));
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  expect(new Set(answers.map(({ body }) => body.task_id)).size).toBe(1);
  expect(await job(bulk_id)).toMatchObject({ state: "running", resumes: 1 });
  await run.drain();
  expect(await cancels(ids)).toEqual([1, 1, 1]);
});

test("a job can be aborted and resumed many times, each time by a new task", async () => {
  const ids = await waiting(6);
  const { bulk_id, task_id } = await confirmed(ids);
  const tasks = [task_id];
  for (let round = 1; round <= 3; round++) {
    await chunk(bulk_id, 1);
    await abort(bulk_id);
    tasks.push((await resume(bulk_id)).body.task_id);
    expect(await job(bulk_id)).toMatchObject({ state: "running", resumes: round, done: round });
  }
  expect(new Set(tasks).size).toBe(4);
  await run.drain();
  expect(await job(bulk_id)).toMatchObject({ state: "done", done: 6 });
  expect(await cancels(ids)).toEqual(times(6, 1));
});

test("a resumed job runs beside the task of its aborted run, and nothing is done twice", async () => {
  const ids = await waiting(1200);
  const { bulk_id, task_id } = await confirmed(ids);
  run.queued.length = 0;
  // Its first chunk is done; while it asks for the second, the job is aborted and resumed.
  let chunks = 0;
  const query: Query = async (text, params) => {
    if (text.includes("picked as materialized") && ++chunks === 2) {
      await abort(bulk_id);
      await resume(bulk_id);
    }
    return api.db.query(text, params);
  };
  const message = { id: NOWHERE, body: { type: "tasks", task_ids: [task_id] }, attempts: 1, ack() {}, retry() {} };
  await Promise.all([consume({ ...run.ports, query }, roundHandlers, "agonus-recovery", [message]), run.drain()]);
  await run.drain();
  expect(await job(bulk_id)).toMatchObject({ state: "done", done: 1200, skipped: 0, resumes: 1 });
  expect(await cancels(ids)).toEqual(times(1200, 1));
  expect(await stateOf(task_id)).toBe("SUCCESS");
});

test("a chunk that meets the abort and the resumption of its job takes the items that are open then", async () => {
  const ids = await waiting(20);
  const { bulk_id } = await confirmed(ids);
  const picked = await api.db.session(async (session) => {
    await session("begin");
    await session("select from bulk_jobs where id = $1 for update", [bulk_id]);
    const first = chunk(bulk_id, 5);
    await locked(1);
    // All three wait behind one another, each with an older snapshot of the database.
    const aborted = abort(bulk_id);
    await locked(2);
    const second = chunk(bulk_id, 10);
    await locked(3);
    await session("commit");
    return [(await first).picked, (await aborted).status, (await second).picked];
  });
  // The second chunk may have overtaken the abort.
  expect([
    [5, 200, 0],
    [5, 200, 10],
  ]).toContainEqual(picked);
  expect(await job(bulk_id)).toMatchObject({ state: "aborted", done: 5 + (picked[2] ?? 0) });
  await Promise.all([resume(bulk_id), chunk(bulk_id, 10), chunk(bulk_id, 10)]);
  await run.drain();
  expect(await job(bulk_id)).toMatchObject({ state: "done", done: 20, skipped: 0 });
  expect(await cancels(ids)).toEqual(times(20, 1));
});

test.each([1, 2, 3, 4, 5])(
  "aborts, resumptions and runners of all kinds at one moment lose and double nothing (%i)",
  async () => {
    const ids = await waiting(60);
    const { bulk_id } = await confirmed(ids);
    await Promise.all([
      run.drain(),
      ...times(4, 0).map(async () => {
        await chunk(bulk_id, 7);
        await abort(bulk_id);
        await chunk(bulk_id, 7);
        await resume(bulk_id);
        await run.drain();
      }),
    ]);
    if ((await job(bulk_id)).state === "aborted") expect((await resume(bulk_id)).status).toBe(202);
    await run.drain();
    expect(await job(bulk_id)).toMatchObject({ state: "done", done: 60, skipped: 0, failed: 0 });
    expect(await cancels(ids)).toEqual(times(60, 1));
  },
);

test("a request that died after it enqueued the task is carried out by that task", async () => {
  const ids = await waiting(2);
  const { bulk_id } = await confirmed(ids);
  await abort(bulk_id);
  const dies: Query = async (text, params) => {
    if (text.includes("resumes = $2,")) throw new Error("the request dies");
    return api.db.query(text, params);
  };
  const dying = await openApi({ ...api.deps, query: dies });
  expect((await dying.post(`/bulk/${bulk_id}/resume`)).status).toBe(500);
  await dying.db.close();
  expect(await job(bulk_id)).toMatchObject({ state: "aborted", resumes: 0 });
  await run.drain();
  expect(await job(bulk_id)).toMatchObject({ state: "done", resumes: 1, done: 2 });
});

test("an abort after the resumption stands, even when the resumption's task starts later", async () => {
  const ids = await waiting(2);
  const { bulk_id } = await confirmed(ids);
  await abort(bulk_id);
  const { task_id } = (await resume(bulk_id)).body;
  await abort(bulk_id);
  await run.drain();
  expect(await job(bulk_id)).toMatchObject({ state: "aborted", done: 0, resumes: 1 });
  expect(await stateOf(task_id)).toBe("REVOKED");
  // The task with the used-up number does not set the job running either.
  expect(await resumeBulk(api.db.query, bulk_id, 1, task_id)).toBe(false);
});

test("a job whose task was cancelled by hand can be resumed, and so can a resumed job", async () => {
  const ids = await waiting(3);
  const { bulk_id, task_id } = await confirmed(ids);
  await api.post(`/tasks/${task_id}/cancel`);
  expect(await job(bulk_id)).toMatchObject({ state: "running", resumable: true });
  const second = (await resume(bulk_id)).body.task_id;
  expect(await job(bulk_id)).toMatchObject({ state: "running", resumable: false, task_id: second });
  await api.post(`/tasks/${second}/cancel`);
  // A resumption whose request died, and whose task was cancelled: its number's key is taken.
  const orphan = await run.ports.enqueue("run_bulk_job", { bulk_id, resume: 2 });
  await api.post(`/tasks/${orphan.taskId}/cancel`);
  const third = await resume(bulk_id);
  expect(third.status).toBe(202);
  expect([task_id, second, orphan.taskId]).not.toContain(third.body.task_id);
  await run.drain();
  expect(await job(bulk_id)).toMatchObject({ state: "done", done: 3, resumes: 3 });
});

test("a repeat under the same Idempotency-Key does not resume a job that was aborted again", async () => {
  const { bulk_id } = await confirmed(await waiting(2));
  await abort(bulk_id);
  const first = await resume(bulk_id, "once");
  await abort(bulk_id);
  // As if the first request had died before its answer was stored.
  await api.db.query(
    "update idempotency_keys set status = null, created_at = agonus_now() - interval '2 minutes' where key = 'once'",
  );
  const again = await resume(bulk_id, "once");
  expect([again.status, again.body]).toEqual([202, first.body]);
  expect(await job(bulk_id)).toMatchObject({ state: "aborted", resumes: 1 });
});

test("a job that can't be resumed says why, and nothing changes", async () => {
  const ids = await waiting(1);
  const refused = async (id: string, code: string) => {
    const before = await api.rowCounts();
    const answer = await resume(id);
    expect([answer.status, answer.body.code]).toEqual([code === "bulk.not_found" ? 404 : 409, code]);
    expect(await api.rowCounts()).toEqual(before);
  };
  await refused(NOWHERE, "bulk.not_found");
  await refused("nonsense", "bulk.not_found");
  const dry = (await api.post("/bulk", { action: "cancel", ids })).body;
  await refused(dry.bulk_id, "bulk.not_confirmed");
  await abort(dry.bulk_id);
  expect(await job(dry.bulk_id)).toMatchObject({ state: "aborted", resumable: false });
  await refused(dry.bulk_id, "bulk.not_confirmed");
  const done = await confirmed(ids);
  await run.drain();
  await refused(done.bulk_id, "bulk.finished");
});

test("an aborted job can be resumed as long as its items are certainly stored", async () => {
  const { bulk_id } = await confirmed(await waiting(2));
  await abort(bulk_id);
  const age = (hours: number) =>
    api.db.query("update bulk_jobs set finished_at = agonus_now() - make_interval(hours => $2) where id = $1", [
      bulk_id,
      hours,
    ]);
  await age(BULK_RESUME_DAYS * 24 + 23);
  expect(await deleteOld(api.db.query, "bulk_items", 100)).toBe(0);
  expect((await resume(bulk_id)).body.code).toBe("bulk.too_old");
  await age(BULK_RESUME_DAYS * 24 - 1);
  expect((await resume(bulk_id)).status).toBe(202);
});

test("two runners that meet a faulty item give it up once, and the item behind it is done", async () => {
  const ids = await waiting(3);
  const { bulk_id } = await confirmed(ids);
  const [bad = ""] = ids;
  await api.db.session(async (session) => {
    await session("begin");
    await session("select from bulk_jobs where id = $1 for update", [bulk_id]);
    const both = [1, 2].map(() => failBulkItem(api.db.query, bulk_id, bad, "refused"));
    await locked(2);
    await session("commit");
    await Promise.all(both);
  });
  await run.drain();
  expect(await job(bulk_id)).toMatchObject({ state: "done", done: 2, failed: 1, reasons: { refused: 1 } });
  expect(await cancels(ids)).toEqual([0, 1, 1]);
});
