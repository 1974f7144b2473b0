import { afterAll, beforeAll, expect, test } from "vitest";
import { taskRegistry } from "../../../../src/tasks/registry.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, NOWHERE, openApi } from "../../../support/http-app.ts";
import { insertTask } from "../../../support/insert-task.ts";
import { buildFixture, storeFixture } from "../../../support/ledger/fixture.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const task = (fields: Record<string, unknown> = {}) => insertTask(api.db.query, { ...fields, id: api.deps.newId() });
const finish = (id: string, state = "SUCCESS", result: unknown = { done: true }) =>
  api.db.query("update tasks set state = $2, finished_at = agonus_now(), result = $3::jsonb where id = $1", [
    id,
    state,
    JSON.stringify(result),
  ]);

test("every task can be enqueued by its name, with a countdown or a time", async () => {
  for (const [name, definition] of Object.entries(taskRegistry)) {
    const args = {
      tournament_id: NOWHERE,
      bulk_id: NOWHERE,
      ...(name === "initialize_tournament_agents" ? { agent_ids: [NOWHERE] } : { agent_id: NOWHERE }),
      ...(name === "execute_agent_trade" ? { round: 0 } : {}),
    };
    const fitting = Object.fromEntries(Object.entries(args).filter(([key]) => key in definition.args.shape));
    const answer = await api.post("/tasks", { name, args: fitting });
    expect([name, answer.status, answer.body.status]).toEqual([name, 202, "queued"]);
    expect(api.enqueued.at(-1)).toMatchObject({ name, args: fitting });
  }
  await api.post("/tasks", { name: "cleanup_old_results", countdown: 90 });
  expect(api.enqueued.at(-1)?.options).toEqual({ countdownSeconds: 90 });
  await api.post("/tasks", { name: "cleanup_old_results", eta: new Date(Date.now() + 600_000).toISOString() });
  expect(api.enqueued.at(-1)?.options).toEqual({ countdownSeconds: expect.closeTo(600, -1) });
  await api.post("/tasks", { name: "cleanup_old_results", eta: new Date(Date.now() - 1000).toISOString() });
  expect(api.enqueued.at(-1)?.options).toEqual({ countdownSeconds: 0 });
});

test("everybody can read a task by its id, in the fields of the contract", async () => {
  const id = await task({ state: "RETRY", attempt: 2, progress: 0.5, args: { success_hours: 1 } });
  const { status, body } = await api.see(`/tasks/${id}`);
  expect(status).toBe(200);
  expect(body).toEqual({
    task_id: id,
    name: "cleanup_old_results",
    queue: "agents",
    state: "RETRY",
    args: { success_hours: 1 },
    result: null,
    error: null,
    attempt: 2,
    max_attempts: 4,
    progress: 0.5,
    created_at: expect.stringMatching(/Z$/),
    started_at: null,
    finished_at: null,
  });
});

test("only operators see stacks, also those of earlier attempts", async () => {
  const error = {
    code: "task.failed",
    message: "It failed.",
    stack: "at secret.ts",
    attempts: [{ code: "x", message: "y", stack: "at secret.ts" }],
  };
  const id = await task({ state: "FAILURE", finished_at: new Date().toISOString(), error });
  expect((await api.see(`/tasks/${id}`)).body.error).toEqual({
    code: "task.failed",
    message: "It failed.",
    attempts: [{ code: "x", message: "y" }],
  });
  expect((await api.get(`/tasks/${id}`)).body.error).toEqual(error);
});

test("a wait ends as soon as the task has", async () => {
  const id = await task();
  const startedAt = performance.now();
  const answer = api.see(`/tasks/${id}?wait=30`);
  setTimeout(() => void finish(id), 300);
  expect(await answer).toMatchObject({ status: 200, body: { state: "SUCCESS", result: { done: true } } });
  expect(performance.now() - startedAt, "not at the end of its wait").toBeLessThan(25_000);
});

test("a wait that runs out says 202; without one, or when the task is done, it is 200", async () => {
  const id = await task();
  const startedAt = performance.now();
  expect(await api.see(`/tasks/${id}?wait=1`)).toMatchObject({ status: 202, body: { state: "PENDING" } });
  expect(performance.now() - startedAt).toBeGreaterThan(950);
  expect((await api.see(`/tasks/${id}?wait=0`)).status).toBe(200);
  await finish(id, "REVOKED", null);
  expect((await api.see(`/tasks/${id}?wait=60`)).status).toBe(200);
});

test("a decision's task doesn't give away what was decided while the round is open", async () => {
  const fixture = buildFixture({ last: "open" });
  await storeFixture(api.db.query, fixture);
  const result = {
    outcome: "made",
    round: 8,
    orders: [{ side: "buy", symbol: "BTC-USDT", amount: "100" }],
    refused: [],
    reasoning: "I know something.",
    recovered: false,
    performance: { equity: "500" },
  };
  const finished = { state: "SUCCESS", finished_at: new Date().toISOString(), tournament_id: fixture.tournamentId };
  const id = await task({ ...finished, name: "run_agent_decision", result });
  const earlier = await task({ ...finished, name: "run_agent_decision", result: { ...result, round: 7 } });
  expect((await api.see(`/tasks/${id}`)).body.result).toEqual({
    ...result,
    outcome: null,
    orders: [],
    reasoning: null,
    hidden: true,
  });
  expect((await api.get(`/tasks/${id}`)).body.result).toEqual(result);
  expect((await api.see(`/tasks/${earlier}`)).body.result.reasoning).toBe("I know something.");
  await api.db.query("update rounds set state = 'closed' where state = 'open'");
  expect((await api.see(`/tasks/${id}`)).body.result).toEqual(result);
});
