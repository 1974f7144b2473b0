/** No platform fault closes a round of a replay. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { claimTasks } from "../../../src/db/statements/tasks/claim.ts";
import { sweep } from "../../../src/engine/sweep.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { count, type TestClock, testClock, world } from "../../support/builders.ts";
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

test("however often the platform loses a replay's decision, its round waits for it and nobody misses it", async () => {
  const cup = await world(db.query, { market: "replay", entries: 1, rounds: 1 });
  await advance(run.ports, cup.id);
  run.queued.length = 0;
  const args = { tournament_id: cup.id, agent_id: cup.entries[0]?.agentId };
  const { taskId } = await run.ports.enqueue("run_agent_decision", args);
  for (let life = 0; life < 14; life++) {
    expect(await claimTasks(db.query, [taskId], run.ports.newId(), 20, "test")).toHaveLength(1);
    await clock.add(21_000);
    await sweep(run.ports, []);
    await advance(run.ports, cup.id);
    expect(await db.query(`select state from tasks where id = $1`, [taskId])).toEqual([{ state: "RETRY" }]);
    expect(await db.query(`select state from rounds`)).toEqual([{ state: "open" }]);
    // Past ten losses it comes once a minute.
    const waits = life >= 9;
    run.queued.length = 0;
    if (waits) expect(await claimTasks(db.query, [taskId], run.ports.newId(), 20, "test")).toEqual([]);
    await clock.add(waits ? 60_000 : 0);
  }
  await run.ports.send("agents", [{ type: "tasks", task_ids: [taskId] }]);
  await run.drain();
  expect(await count(db.query, "decisions")).toBe(1);
  expect(await db.query(`select state, attempt from tasks where id = $1`, [taskId])).toEqual([
    { state: "SUCCESS", attempt: 1 },
  ]);
  expect(await count(db.query, "missed_decisions")).toBe(0);
});

test("a replay's lost decision that is cancelled ends, and its round closes without it", async () => {
  const cup = await world(db.query, { market: "replay", entries: 1, rounds: 1 });
  await advance(run.ports, cup.id);
  run.queued.length = 0;
  const args = { tournament_id: cup.id, agent_id: cup.entries[0]?.agentId };
  const { taskId } = await run.ports.enqueue("run_agent_decision", args);
  await db.query(`update tasks set lost_leases = 12 where id = $1`, [taskId]);
  expect(await claimTasks(db.query, [taskId], run.ports.newId(), 20, "test")).toHaveLength(1);
  await db.query(`update tasks set cancel_requested = true where id = $1`, [taskId]);
  await clock.add(21_000);
  await sweep(run.ports, []);
  expect(await db.query(`select state from tasks where id = $1`, [taskId])).toEqual([{ state: "REVOKED" }]);
  await advance(run.ports, cup.id);
  expect(await db.query(`select reason from missed_decisions`)).toEqual([{ reason: "task.cancelled" }]);
});
