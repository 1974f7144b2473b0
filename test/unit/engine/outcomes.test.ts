/** How an attempt ends by whose fault it is: a fault of the platform spends no attempt, a fault of the handler does. */
import { createServer, type ServerResponse } from "node:http";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { objectFault } from "../../../src/core/tasks/object-fault.ts";
import { maxAttempts } from "../../../src/core/tasks/retry.ts";
import { connect } from "../../../src/db/client.ts";
import { OutOfReach } from "../../../src/db/errors.ts";
import { readDecisionContext } from "../../../src/db/statements/decisions/context.ts";
import { claimTasks } from "../../../src/db/statements/tasks/claim.ts";
import { heartbeat } from "../../../src/db/statements/tasks/heartbeat.ts";
import { readTask } from "../../../src/db/statements/tasks/read.ts";
import { consume } from "../../../src/engine/consume.ts";
import { sweep } from "../../../src/engine/sweep.ts";
import { checkLedger } from "../../../src/ledger/check-ledger.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { askAgent } from "../../../src/rounds/ask-agent.ts";
import { roundHandlers } from "../../../src/rounds/messages/handlers.ts";
import type { DecisionRequest, ThinkingJob } from "../../../src/rounds/ports.ts";
import { taskRegistry } from "../../../src/tasks/registry.ts";
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

const tasks = () =>
  db.query<{ state: string; attempt: number; code: string | null }>(
    `select state, attempt, error->>'code' as code from tasks order by id`,
  );
const delivery = (taskId: string) => ({
  id: taskId,
  body: { type: "tasks", task_ids: [taskId] },
  attempts: 1,
  ack: () => {},
  retry: () => {},
});
const failing = (message: string, code?: string) => Object.assign(new Error(message), code ? { code } : {});

test.each([
  ["a deadlock", "40P01", { state: "RETRY", attempt: 0, code: null }],
  ["a lock that took too long", "55P03", { state: "RETRY", attempt: 0, code: null }],
  ["a lost connection", "08006", { state: "RETRY", attempt: 0, code: null }],
  ["a server that goes down", "57P01", { state: "RETRY", attempt: 0, code: null }],
  ["too many connections", "53300", { state: "RETRY", attempt: 0, code: null }],
  ["a failover that reads only", "25006", { state: "RETRY", attempt: 0, code: null }],
  ["a server without an answer", undefined, { state: "RETRY", attempt: 0, code: null }],
  ["a row that breaks a rule", "23505", { state: "FAILURE", attempt: 1, code: "internal.bad_row" }],
  ["a number out of range", "22003", { state: "FAILURE", attempt: 1, code: "internal.bad_row" }],
  ["a statement that is wrong", "42601", { state: "RETRY", attempt: 1, code: "task.failed" }],
])("%s spends an attempt only if it is the handler's fault", async (_, code, expected) => {
  const { taskId } = await run.ports.enqueue("update_tournament_rankings", {});
  const error = code ? failing("the database says no", code) : new OutOfReach("database", failing("fetch failed"));
  const query: typeof db.query = (text, params) =>
    text.includes("from tournaments where status = 'live'") ? Promise.reject(error) : db.query(text, params);
  await consume({ ...run.ports, query }, roundHandlers, "agonus-agents", [delivery(taskId)]);
  expect(await tasks()).toEqual([expected]);
});

/** Runs one attempt of a task whose handler begins with this. */
async function attemptThat(begins: () => Promise<unknown>) {
  const { taskId } = await run.ports.enqueue("update_tournament_rankings", {});
  const query: typeof db.query = async (text, params) => {
    if (text.includes("from tournaments where status = 'live'")) await begins();
    return db.query(text, params);
  };
  await consume({ ...run.ports, query }, roundHandlers, "agonus-agents", [delivery(taskId)]);
  return tasks();
}

test.each([
  ["fetch failed", {}],
  ["Network connection lost.", { retryable: true }],
  ["The operation was aborted due to timeout", { name: "TimeoutError" }],
  ["it broke", { remote: true }],
])(
  "a handler's own call to the outside that fails (%s) spends its attempts: it is never tried for ever",
  async (said, more) => {
    const ended = await attemptThat(() => Promise.reject(Object.assign(new Error(said), more)));
    expect(ended).toEqual([{ state: "RETRY", attempt: 1, code: "task.failed" }]);
  },
);

test("a database that answers HTTP 500, hangs up or can't be reached spends no attempt", async () => {
  let answer = (response: ServerResponse) => void response.writeHead(500).end("unwell");
  const server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const neon = connect("postgresql://u:p@127.0.0.1/d", `http://127.0.0.1:${port}/sql`);
  const snoozed = { state: "RETRY", attempt: 0, code: null };
  expect(await attemptThat(() => neon("select 1"))).toEqual([snoozed]);
  answer = (response) => void response.destroy();
  expect(await attemptThat(() => neon("select 1"))).toEqual([snoozed, snoozed]);
  await new Promise((resolve) => server.close(resolve));
  expect(await attemptThat(() => neon("select 1"))).toEqual([snoozed, snoozed, snoozed]);
});

test("a claim whose reply was lost is repeated under its own token, and runs at once", async () => {
  const { taskId } = await run.ports.enqueue("update_tournament_rankings", {});
  let lost = 1;
  const query: typeof db.query = async (text, params) => {
    const rows = await db.query(text, params);
    if (text.includes("'claimed'") && lost-- > 0) throw failing("fetch failed");
    return rows as never;
  };
  await consume({ ...run.ports, query }, roundHandlers, "agonus-agents", [delivery(taskId)]);
  expect(await tasks()).toEqual([{ state: "SUCCESS", attempt: 1, code: null }]);
});

async function openRound(cup: World) {
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  await run.drain();
}

test("a replay closes its rounds when an agent that always throws has spent its attempts, and the ledger is exact", async () => {
  const cup = await world(db.query, { market: "replay", entries: 3, rounds: 1 });
  run.answer(cup.entries[0]?.id ?? "", () => ({ kind: "failed", code: "agent.failed", message: "it threw" }));
  await openRound(cup);
  expect(await tasks()).toContainEqual({ state: "RETRY", attempt: 1, code: "agent.failed" });
  for (const seconds of [2, 4, 8]) {
    expect(await db.query(`select state from rounds`)).toEqual([{ state: "open" }]);
    await clock.add(seconds * 1000);
    await sweep(run.ports, []);
    await run.drain();
  }
  expect(await tasks()).toContainEqual({ state: "FAILURE", attempt: 4, code: "agent.failed" });
  await advance(run.ports, cup.id);
  expect(await db.query(`select state from rounds`)).toEqual([{ state: "settled" }]);
  expect(await db.query(`select reason from missed_decisions`)).toEqual([{ reason: "agent.failed" }]);
  expect(await checkLedger(db.query)).toMatchObject({ ok: true });
});

test("an agent whose object's own code throws spends its attempts, so that no round of a replay stays open for it", async () => {
  const cup = await world(db.query, { market: "replay", entries: 1, rounds: 1 });
  run.answer(cup.entries[0]?.id ?? "", () => {
    throw Object.assign(new Error("Network connection lost."), { remote: true, retryable: true });
  });
  await openRound(cup);
  expect(await tasks()).toEqual([{ state: "RETRY", attempt: 1, code: "agent.failed" }]);
});

test.each([
  ["a lost connection", { retryable: true }, "lost", 2],
  ["a reset", { durableObjectReset: true }, "reset", 2],
  ["a reset by new code", { durableObjectReset: true, retryable: true }, "reset", 2],
  ["a full line", { overloaded: true, retryable: true }, "overloaded", 1],
  ["no word more", {}, "unknown", 1],
  ["the object's own", { remote: true }, "bug", 1],
])("an object that fails with %s is asked again only where that may help", async (_, marks, fault, asked) => {
  let calls = 0;
  run.answer("entry", () => {
    calls += 1;
    throw Object.assign(new Error("it failed"), marks);
  });
  const error = Object.assign(new Error("it failed"), marks);
  expect(objectFault(error)).toBe(fault);
  expect(objectFault(error, AbortSignal.abort())).toBe("aborted");
  await expect(askAgent(run.ports, { entryId: "entry" } as DecisionRequest)).rejects.toThrow("it failed");
  expect(calls).toBe(asked);
});

/** An outside agent that keeps the jobs it is given, as its object would. */
function thinkers(): ThinkingJob[] {
  const jobs: ThinkingJob[] = [];
  const { agent } = run.ports;
  Object.assign(run.ports, {
    agent: (id: string) => ({
      ...agent(id),
      think: async (job: ThinkingJob) => {
        jobs.push(job);
        return { kind: "thinking" };
      },
    }),
  });
  return jobs;
}
const answerOf = (job: ThinkingJob) => ({
  queue: "agents" as const,
  message: {
    type: "answer" as const,
    tournament_id: job.tournamentId,
    round_id: job.roundId,
    entry_id: job.entryId,
    task_id: job.taskId,
    token: job.token,
    version: job.version,
    choice: { orders: [], reasoning: "thought", confidence: 0.5 },
  },
});

test("an outside agent whose lease ran out thinks again, spending no attempt, and its old answer changes nothing", async () => {
  const cup = await world(db.query, { market: "replay", entries: 1, rounds: 1, thinkingSeconds: 30 });
  const jobs = thinkers();
  await openRound(cup);
  expect(jobs).toHaveLength(1);
  expect(await tasks()).toEqual([{ state: "STARTED", attempt: 1, code: null }]);
  await clock.add(21_000);
  await sweep(run.ports, []);
  await run.drain();
  expect(jobs).toHaveLength(2);
  const [first, second] = jobs;
  if (!first || !second) throw new Error("two jobs");
  run.queued.push(answerOf(first));
  await run.drain();
  expect(await count(db.query, "decisions")).toBe(0);
  run.queued.push(answerOf(second));
  await run.drain();
  expect(await tasks()).toEqual([{ state: "SUCCESS", attempt: 1, code: null }]);
  expect(await db.query(`select state from rounds`)).toEqual([{ state: "settled" }]);
});

test("an outside agent's answer to a round that has closed ends its task as late", async () => {
  const cup = await world(db.query, { entries: 1, thinkingSeconds: 30 });
  const jobs = thinkers();
  await openRound(cup);
  await clock.set(cup.due(0) + 25_000);
  await advance(run.ports, cup.id);
  await run.drain();
  await clock.set(cup.due(0) + 150_000);
  await advance(run.ports, cup.id);
  const [job] = jobs;
  if (!job) throw new Error("nobody was asked");
  run.queued.push(answerOf(job));
  await run.drain();
  expect(await tasks()).toEqual([{ state: "FAILURE", attempt: 1, code: "round.late" }]);
  expect(await count(db.query, "decisions")).toBe(0);
});

test("ten lost leases in a row end a task, however many heartbeats it sent before", async () => {
  await run.ports.enqueue("update_tournament_rankings", {});
  const [task] = await db.query<{ id: string }>(`select id from tasks`);
  for (let life = 0; life < 10; life++) {
    const token = run.ports.newId();
    expect(await claimTasks(db.query, [task?.id ?? ""], token, 20, "test")).toHaveLength(1);
    await clock.add(5000);
    expect(await heartbeat(db.query, task?.id ?? "", token, 20, 0.1)).toBe("goes_on");
    await clock.add(21_000);
    await sweep(run.ports, []);
  }
  expect(await tasks()).toEqual([{ state: "FAILURE", attempt: 0, code: "task.lost" }]);
});

test("a manual run that waits for a round is finished by whichever decision is stored", async () => {
  const cup = await world(db.query, { entries: 1 });
  await openRound(cup);
  const args = { tournament_id: cup.id, agent_id: cup.entries[0]?.agentId };
  const { taskId } = await run.ports.enqueue("run_agent_decision", args);
  expect((await run.ports.enqueue("run_agent_decision", args)).taskId).toBe(taskId);
  run.queued.unshift({
    queue: "agents",
    message: { type: "decide", tournament_id: cup.id, entry_ids: [cup.entries[0]?.id ?? ""] },
  });
  await run.drain();
  expect(await count(db.query, "tasks")).toBe(1);
  expect(await readTask(db.query, taskId)).toMatchObject({ state: "SUCCESS", result: { outcome: "held" } });
  const context = await readDecisionContext(db.query, cup.id, [cup.entries[0]?.id ?? ""]);
  expect(context?.entries[0]?.decided).not.toBe(null);
});

test("finished tasks that a batch stores have the attempts of their policies", async () => {
  const cup = await world(db.query, { market: "replay", entries: 3, rounds: 1 });
  for (const { id } of cup.entries) {
    const order = { side: "buy", symbol: "BTC-USDT", amount: "50" };
    run.answer(id, () => ({
      kind: "choice",
      choice: { orders: [order], reasoning: "", confidence: 1 },
      recovered: false,
    }));
  }
  await openRound(cup);
  expect(await db.query(`select distinct name, max_attempts from tasks order by name`)).toEqual([
    { name: "execute_agent_trade", max_attempts: maxAttempts(taskRegistry.execute_agent_trade.retry) },
    { name: "run_agent_decision", max_attempts: maxAttempts(taskRegistry.run_agent_decision.retry) },
  ]);
});
