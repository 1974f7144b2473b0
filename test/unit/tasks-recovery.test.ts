/** Who is recovered, and what a recovery does, however often it is tried. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { staleEntries } from "../../src/db/statements/entry-stale.ts";
import { advance } from "../../src/rounds/advance.ts";
import { findTask, taskRegistry } from "../../src/tasks/registry.ts";
import { count, type TestClock, testClock, world } from "../builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../database.ts";
import { type InProcess, inProcess } from "../in-process.ts";

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

async function runTask(name: string, args: Record<string, unknown> = {}) {
  const { taskId } = await run.ports.enqueue(name, args);
  run.queued.length = 0;
  run.queued.push({ queue: "agents", message: { type: "tasks", task_ids: [taskId] } });
  await run.drain(1);
  const [task] = await db.query<{ state: string; result: Record<string, unknown> | null }>(
    `select state, result from tasks where id = $1`,
    [taskId],
  );
  return task;
}

test("of more stale entries than one run recovers, all count for the verdict that the outage is ours", async () => {
  const cup = await world(db.query, { entries: 12 });
  await clock.set(cup.due(3));
  await advance(run.ports, cup.id);
  await clock.set(cup.due(3) + 1000);
  expect(await staleEntries(db.query, 2)).toMatchObject({ live: 12, stale_count: 12, stale: [{}, {}] });
  expect(await runTask("recover_crashed_agents")).toMatchObject({
    result: { stale: 12, recovering: 0, verdict: "outage_of_ours" },
  });
  expect(await count(db.query, "tasks where name = 'recover_agent_state'")).toBe(0);
});

test("only who owes a decision and is silent is recovered, once however often it is found", async () => {
  const cup = await world(db.query, { entries: 8 });
  await clock.set(cup.due(3));
  await advance(run.ports, cup.id);
  run.queued.push({
    queue: "agents",
    message: { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.slice(1).map((e) => e.id) },
  });
  await run.drain();
  for (const _ of [1, 2]) {
    await runTask("recover_crashed_agents");
    expect(await count(db.query, "tasks where name = 'recover_agent_state'")).toBe(1);
  }
  const [task] = await db.query<{ id: string; entry_id: string }>(
    `select id, entry_id from tasks where name = 'recover_agent_state'`,
  );
  expect(task?.entry_id).toBe(cup.entries[0]?.id);
});

test("a recovery whose attempt repeats raises once, and sends the decision that is owed", async () => {
  const cup = await world(db.query, { entries: 2 });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  const entry = cup.entries[0];
  if (!entry) throw new Error("no entry");
  let resets = 1;
  const agent = run.ports.agent;
  const ports = {
    ...run.ports,
    agent: (id: string) => ({
      ...agent(id),
      restore: async () => {
        if (resets-- > 0) throw Object.assign(new Error("reset"), { retryable: true });
      },
    }),
  };
  const recover = findTask(taskRegistry, "recover_agent_state");
  const args = { tournament_id: cup.id, agent_id: entry.agentId, cause: "operator" };
  const attempt = {
    taskId: (await run.ports.enqueue("recover_agent_state", args)).taskId,
    attempt: 1,
    token: "",
    key: `recover:${entry.id}:0`,
    signal: new AbortController().signal,
    progress: () => {},
  };
  await expect(recover?.run(args, ports, attempt)).rejects.toThrow("reset");
  expect(await recover?.run(args, ports, attempt)).toMatchObject({
    kind: "success",
    result: { from_version: 0, version: 1, recoveries: 1, owed_decision: true },
  });
  expect(run.queued.map(({ message }) => message).filter(({ type }) => type === "decide")).toEqual([
    { type: "decide", tournament_id: cup.id, entry_ids: [entry.id] },
  ]);
});

test("a recovery that ended in vain does not stand in the way of the next one", async () => {
  const cup = await world(db.query, { entries: 1 });
  const args = { tournament_id: cup.id, agent_id: cup.entries[0]?.agentId };
  const { taskId } = await run.ports.enqueue("recover_agent_state", args);
  await db.query(`update tasks set state = 'REVOKED', finished_at = agonus_now()`);
  const again = await run.ports.enqueue("recover_agent_state", args);
  expect(again.taskId).not.toBe(taskId);
  expect((await run.ports.enqueue("recover_agent_state", args)).taskId).toBe(again.taskId);
  await run.drain();
  expect(await db.query(`select recoveries, version from entries`)).toEqual([{ recoveries: 1, version: 1 }]);
});
