/** PATCH /tasks/{id} over HTTP, with the real engine behind. */
import { uuidv7 } from "uuidv7";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { claimTasks } from "../../../../src/db/statements/tasks/claim.ts";
import { editTask } from "../../../../src/db/statements/tasks/edit.ts";
import { finishTask } from "../../../../src/db/statements/tasks/finish.ts";
import { closeTestServer } from "../../../support/database.ts";
import { withTwin } from "../../../support/guards.ts";
import { type Api, NOWHERE } from "../../../support/http-app.ts";
import { openEngine } from "../../../support/http-engine.ts";
import type { InProcess } from "../../../support/in-process.ts";

let api: Api;
let run: InProcess;
beforeEach(async () => {
  ({ api, run } = await openEngine());
});
afterEach(() => api.db.close());
afterAll(closeTestServer);

const CLEANUP = "cleanup_old_results";
const enqueue = async (body: Record<string, unknown>): Promise<string> => {
  const id = (await api.post("/tasks", { name: CLEANUP, ...body })).body.task_id;
  run.queued.length = 0;
  return id;
};
const edit = (id: string, body: unknown, key?: null) =>
  api.patch(`/tasks/${id}`, body, key === null ? { key } : undefined);
const rowOf = async (id: string) =>
  (
    await api.db.query<{ due_in: number; sent: boolean; history: Record<string, unknown>[] }>(
      `select extract(epoch from due_at - agonus_now())::float8 as due_in, sent_at is not null as sent, history from tasks where id = $1`,
      [id],
    )
  )[0];

test("a task that waits runs with the arguments that it was given last", async () => {
  const id = await enqueue({ args: { success_hours: 24 }, countdown: 3600 });
  const answer = await edit(id, { args: { success_hours: 48 }, countdown: 0 });
  expect(answer).toMatchObject({ status: 200, body: { task_id: id, state: "PENDING", args: { success_hours: 48 } } });
  const ran: unknown[] = [];
  const task = run.ports.tasks[CLEANUP];
  if (!task) throw new Error("no task");
  const spied = {
    ...task,
    run: async (args: unknown) => ({ kind: "success" as const, result: { ran: ran.push(args) } }),
  };
  Object.assign(run.ports, { tasks: { ...run.ports.tasks, [CLEANUP]: spied } });
  await run.drain();
  expect(ran).toMatchObject([{ success_hours: 48 }]);
  expect((await api.get(`/tasks/${id}`)).body.state).toBe("SUCCESS");
  expect((await api.get(`/tasks/${id}/history`)).body.items).toMatchObject([
    { why: "enqueued" },
    { state: "PENDING", attempt: 0, why: "edited: arguments, time", by: "operator" },
    { why: "claimed" },
    { why: "done" },
  ]);
  expect((await api.get("/audit?action=PATCH%20/tasks/:id")).body.items).toMatchObject([
    { target: id, details: { body: { args: { success_hours: 48 }, countdown: 0 } }, refused: null },
  ]);
});

test("only the time is changed: a later task waits unsent, a task for now is sent", async () => {
  const id = await enqueue({ args: { success_hours: 24 } });
  expect((await edit(id, { countdown: 600 })).body.args).toMatchObject({ success_hours: 24 });
  expect(await rowOf(id)).toMatchObject({ due_in: expect.closeTo(600, -1), sent: false });
  await edit(id, { eta: new Date(Date.now() + 60_000).toISOString() });
  expect((await rowOf(id))?.due_in).toBeCloseTo(60, -1);
  expect(run.queued).toEqual([]);
  await edit(id, { countdown: 0 });
  expect(run.queued).toEqual([{ queue: "agents", message: { type: "tasks", task_ids: [id] } }]);
  expect(await rowOf(id)).toMatchObject({ sent: true });
  // Arguments alone leave the time as it is.
  await edit(id, { args: {} });
  expect(run.queued).toHaveLength(1);
  expect((await rowOf(id))?.history.at(-1)).toMatchObject({ why: "edited: arguments" });
});

/** Claimed by a worker, whose token comes back. */
async function claimed(id: string): Promise<string> {
  const token = uuidv7();
  expect(await claimTasks(api.db.query, [id], token, 20, "worker 1")).toHaveLength(1);
  return token;
}
const ending = { result: null, error: null, afterMs: 60_000, givesAttemptBack: false, why: "no" } as const;

test("a task that waits for a retry is edited and keeps its attempts; a running or finished task is not", async () => {
  const id = await enqueue({});
  await finishTask(api.db.query, id, await claimed(id), { ...ending, state: "RETRY" }, "worker 1");
  expect(await edit(id, { args: { success_hours: 7 }, countdown: 0 })).toMatchObject({
    status: 200,
    body: { state: "RETRY", attempt: 1, args: { success_hours: 7 } },
  });
  const token = await claimed(id);
  const refused = (code: string, state: string) => ({ status: 409, body: { code, state } });
  expect(await edit(id, { args: { success_hours: 8 } })).toMatchObject(refused("task.started", "STARTED"));
  await finishTask(api.db.query, id, token, { ...ending, state: "FAILURE" }, "worker 1");
  expect(await edit(id, { countdown: 5 })).toMatchObject(refused("task.finished", "FAILURE"));
  expect((await api.get(`/tasks/${id}`)).body).toMatchObject({ state: "FAILURE", args: { success_hours: 7 } });
  expect((await api.get("/audit?limit=1")).body.items[0].refused).toEqual({ status: 409, code: "task.finished" });
});

test("without its fence, a running task's arguments would change under it", async () => {
  const id = await enqueue({});
  await claimed(id);
  const args = { values: { success_hours: 1 }, scope: null, subject: null, key: null };
  const change = { args, countdownSeconds: null };
  expect(await editTask(api.db.query, id, change, "operator")).toEqual({ kind: "not_waiting", state: "STARTED" });
  const twin = { guard: "edit-state" };
  expect(await editTask(withTwin(api.db.query, twin), id, change, "operator")).toMatchObject({ kind: "edited" });
});

test("a key of the task's own stands for its arguments, a caller's doesn't", async () => {
  const bulk = await api.post("/tasks", { name: "run_bulk_job", args: { bulk_id: NOWHERE } });
  const other = "0198ffff-0000-7000-8000-000000000001";
  expect(await edit(bulk.body.task_id, { args: { bulk_id: other } })).toMatchObject({
    status: 409,
    body: { code: "task.keyed" },
  });
  expect((await edit(bulk.body.task_id, { args: { bulk_id: NOWHERE }, countdown: 9 })).status).toBe(200);
  const unique = await enqueue({ unique: { key: "nightly" } });
  expect((await edit(unique, { args: { success_hours: 5 } })).status).toBe(200);
});

test("a task's subject follows its arguments", async () => {
  const args = { tournament_id: NOWHERE, agent_ids: [NOWHERE] };
  const id = (await api.post("/tasks", { name: "initialize_tournament_agents", args, countdown: 60 })).body.task_id;
  const tournament = (await api.tournament()).id;
  await edit(id, { args: { ...args, tournament_id: tournament } });
  expect(await api.db.query(`select tournament_id from tasks where id = $1`, [id])).toEqual([
    { tournament_id: tournament },
  ]);
});

test.each<[string, unknown, string]>([
  ["nothing to change", {}, ""],
  ["arguments that don't fit", { args: { success_hours: "all" } }, "args.success_hours"],
  ["an argument that there isn't", { args: { surprise: 1 } }, "args.surprise"],
  ["a negative countdown", { countdown: -1 }, "countdown"],
  ["an eta that has passed", { eta: "2020-01-01T00:00:00Z" }, "eta"],
  ["both", { countdown: 1, eta: "2100-01-01T00:00:00Z" }, "eta"],
  ["another name", { name: "rm_rf" }, "name"],
])("%s edits nothing and says where", async (_, body, path) => {
  const id = await enqueue({ countdown: 60 });
  expect(await edit(id, body)).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  expect((await rowOf(id))?.history).toHaveLength(1);
});

test("editing needs the key and an existing task", async () => {
  const id = await enqueue({ countdown: 60 });
  expect((await edit(id, { countdown: 1 }, null)).status).toBe(401);
  expect(await edit(NOWHERE, { countdown: 1 })).toMatchObject({ status: 404, body: { code: "task.not_found" } });
  expect((await rowOf(id))?.history).toHaveLength(1);
});
