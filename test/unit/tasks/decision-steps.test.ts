/** Counts the statements of a decision that a call began, from the delivery of its task's message on. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { readHistory } from "../../../src/db/statements/tasks/history.ts";
import { readTask } from "../../../src/db/statements/tasks/read.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { testClock, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(() => db.close());
afterAll(closeTestServer);

/**
 * Enqueues a decision of a tournament with one entry in its open round, and runs it. A keyed task has the key of its round and
 * entry. Returns the statements that it sent and the task's row.
 */
async function runDecision({ keyed }: { readonly keyed: boolean }) {
  const clock = await testClock(db.query);
  const run = inProcess(db.query);
  const cup = await world(db.query, { entries: 1, strategy: "value" });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  // An isolate reads the market's candles once. In production the Arena's isolate opens the round and another one decides.
  // Here one isolate does both, so the candles are read before statements are counted.
  await run.ports.views.at(db.query, {
    sourceId: cup.source,
    symbols: ["BTC-USDT", "ETH-USDT"],
    baseMs: cup.intervalMs,
    intervalMs: cup.intervalMs,
    dueMs: cup.due(0),
  });
  run.queued.length = 0;
  const [entry] = cup.entries;
  const { taskId } = await run.ports.enqueue("run_agent_decision", {
    tournament_id: cup.id,
    agent_id: entry?.agentId,
    // Without recovery the task has no key.
    recover_from_crash: keyed,
  });
  const statements: string[] = [];
  const query: typeof db.query = (text, params) => {
    statements.push(text);
    return db.query(text, params);
  };
  Object.assign(run.ports, { query, wakeArena: async () => {} });
  await run.drain();
  const [row, past] = [await readTask(db.query, taskId), await readHistory(db.query, taskId)];
  const task = { ...row, history: past?.history };
  return { statements, task, events: run.events.filter(({ event }) => event === "task") };
}

test("a keyed run takes four statements: claim, find the entry, read, and store the decision, which also ends the task", async () => {
  const { statements, task, events } = await runDecision({ keyed: true });
  expect(statements).toHaveLength(4);
  expect(task).toMatchObject({
    state: "SUCCESS",
    result: { outcome: "held", round: 0, recovered: false, performance: { equity: "500" } },
    history: [{ why: "enqueued" }, { why: "claimed" }, { why: "its decision was stored" }],
  });
  expect(events).toMatchObject([{ outcome: "finished_elsewhere" }]);
});

test("a run without a key takes a fifth statement to end its task, and does not read its decision again", async () => {
  const { statements, task } = await runDecision({ keyed: false });
  expect(statements).toHaveLength(5);
  expect(task).toMatchObject({
    state: "SUCCESS",
    result: { outcome: "held", round: 0, recovered: false, performance: { equity: "500" } },
    history: [{ why: "enqueued" }, { why: "claimed" }, { why: "done" }],
  });
});
