/** How many statements a manual decision takes, from the message of its task on. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
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

/** Runs the decision of a one-entry cup by hand in its open round; what it sent, and the task's row. */
async function byHand(recoverFromCrash: boolean) {
  const clock = await testClock(db.query);
  const run = inProcess(db.query);
  const cup = await world(db.query, { entries: 1, strategy: "value" });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  // The market's candles are read once an isolate, and the Arena's steps are another's.
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
    recover_from_crash: recoverFromCrash,
  });
  const statements: string[] = [];
  const query: typeof db.query = (text, params) => {
    statements.push(text);
    return db.query(text, params);
  };
  Object.assign(run.ports, { query, wakeArena: async () => {} });
  await run.drain();
  const [task] = await db.query<Record<string, unknown>>("select * from tasks where id = $1", [taskId]);
  return { statements, task, events: run.events.filter(({ event }) => event === "task") };
}

test("a keyed run claims, finds its entry, reads, and stores: the statement of the decision ends its task", async () => {
  const { statements, task, events } = await byHand(true);
  expect(statements).toHaveLength(4);
  expect(task).toMatchObject({
    state: "SUCCESS",
    result: { outcome: "held", round: 0, recovered: false, performance: { equity: "500" } },
    history: [{ why: "enqueued" }, { why: "claimed" }, { why: "its decision was stored" }],
  });
  expect(events).toMatchObject([{ outcome: "finished_elsewhere" }]);
});

test("a run without a key ends with the result of the decision that it stored, without reading it again", async () => {
  const { statements, task } = await byHand(false);
  expect(statements).toHaveLength(5);
  expect(task).toMatchObject({
    state: "SUCCESS",
    result: { outcome: "held", round: 0, recovered: false, performance: { equity: "500" } },
    history: [{ why: "enqueued" }, { why: "claimed" }, { why: "done" }],
  });
});
