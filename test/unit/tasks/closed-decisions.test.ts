/** Decisions of rounds that have closed, and of agents that are told to stop: nothing leaks into a later round. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { cancelTask } from "../../../src/db/statements/tasks/cancel.ts";
import { retryTask } from "../../../src/db/statements/tasks/retry.ts";
import { advance } from "../../../src/rounds/advance.ts";
import type { ThinkingJob } from "../../../src/rounds/ports.ts";
import { count, type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
let clock: TestClock;
let run: InProcess;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query);
  run = inProcess(db.query);
});
afterEach(() => db.close());
afterAll(closeTestServer);

/** Past the window of the round before, into the open round `n`. */
async function intoRound(cup: World, n: number) {
  if (n > 0) {
    await clock.set(cup.due(n - 1) + 150_000);
    await advance(run.ports, cup.id);
    await run.drain();
  }
  await clock.set(cup.due(n));
  await advance(run.ports, cup.id);
}

async function again(taskId: string) {
  expect(await retryTask(db.query, taskId, 0, "operator")).toMatchObject({ kind: "retried" });
  run.queued.splice(0, 99, { queue: "agents", message: { type: "tasks", task_ids: [taskId] } });
  await run.drain();
  const [task] = await db.query<Record<string, unknown>>(
    `select state, error->>'code' as code, result->>'outcome' as outcome, result->>'round' as round from tasks where id = $1`,
    [taskId],
  );
  return task;
}

test("a decision that is run again after its round has closed gives what was stored, and decides in no later round", async () => {
  const cup = await world(db.query, { entries: 1 });
  await intoRound(cup, 0);
  const args = { tournament_id: cup.id, agent_id: cup.entries[0]?.agentId };
  const { taskId } = await run.ports.enqueue("run_agent_decision", args);
  await run.drain();
  await intoRound(cup, 1);
  const before = await count(db.query, "decisions");
  expect(await again(taskId)).toEqual({ state: "SUCCESS", code: null, outcome: "exists", round: "0" });
  expect(await count(db.query, "decisions")).toBe(before);
});

test("a decision that was missed stays missed: run again, it ends as late", async () => {
  const cup = await world(db.query, { entries: 1 });
  await intoRound(cup, 0);
  run.answer(cup.entries[0]?.id ?? "", () => ({ kind: "failed", code: "agent.failed", message: "it threw" }));
  const args = { tournament_id: cup.id, agent_id: cup.entries[0]?.agentId };
  const { taskId } = await run.ports.enqueue("run_agent_decision", args);
  await run.drain(1);
  await cancelTask(db.query, taskId, "operator");
  await intoRound(cup, 1);
  run.queued.length = 0;
  expect(await again(taskId)).toMatchObject({ state: "FAILURE", code: "round.late" });
  expect(await count(db.query, "decisions")).toBe(0);
});

test("an agent's answer after its task was cancelled revokes it, and no decision is stored", async () => {
  const cup = await world(db.query, { entries: 1, thinkingSeconds: 30 });
  const jobs: ThinkingJob[] = [];
  const { agent } = run.ports;
  const think = async (job: ThinkingJob) => {
    jobs.push(job);
    return { kind: "thinking" as const };
  };
  Object.assign(run.ports, { agent: (id: string) => ({ ...agent(id), think }) });
  await intoRound(cup, 0);
  const args = { tournament_id: cup.id, agent_id: cup.entries[0]?.agentId };
  const { taskId } = await run.ports.enqueue("run_agent_decision", args);
  await run.drain();
  const [job] = jobs;
  if (!job) throw new Error("nobody was asked");
  expect(await cancelTask(db.query, taskId, "operator")).toEqual({ kind: "asked" });
  const { tournamentId: tournament_id, roundId: round_id, entryId: entry_id, token, version } = job;
  const choice = { orders: [], reasoning: "thought", confidence: 0.5 };
  const answer = {
    type: "answer" as const,
    tournament_id,
    round_id,
    entry_id,
    task_id: taskId,
    token,
    version,
    choice,
  };
  run.queued.push({ queue: "agents", message: answer });
  await run.drain();
  expect(await db.query(`select state, token from tasks`)).toEqual([{ state: "REVOKED", token: null }]);
  expect(await count(db.query, "decisions")).toBe(0);
});
