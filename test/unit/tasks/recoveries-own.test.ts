/** What an agent misses by its own time or failures is no fault of ours, and no recovery stays under way for ever. */
import { uuidv7 } from "uuidv7";
import { afterAll, beforeEach, expect, test } from "vitest";
import { sweep } from "../../../src/engine/sweep.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer } from "../../support/database.ts";
import type { Api } from "../../support/http-app.ts";
import { openEngine } from "../../support/http-engine.ts";
import type { InProcess } from "../../support/in-process.ts";

let api: Api;
let run: InProcess;
let clock: TestClock;
beforeEach(async () => {
  ({ api, run } = await openEngine());
  clock = await testClock(api.db.query);
  return () => api.db.close();
});
afterAll(closeTestServer);

const recoveries = async () => (await api.get("/recoveries")).body;
const missed = () => api.db.query("select round, reason from missed_decisions order by round");
const tasks = () => api.db.query("select state, error->>'code' as code from tasks order by id");

/** Opens round `number`, asks its agents and closes it. Tasks that lost their lease meanwhile are swept and run again. */
async function playRound(cup: World, number: number): Promise<void> {
  await clock.set(cup.due(number));
  await advance(run.ports, cup.id);
  await run.ports.send("agents", [
    { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.map(({ id }) => id) },
  ]);
  await run.drain();
  // The runner is gone. A fault of the platform and an agent that never ends look the same here.
  await clock.set(cup.due(number) + cup.intervalMs / 2);
  await sweepAll(cup);
}
async function sweepAll(cup: World): Promise<void> {
  for (let step = 0; step < 3; step++) {
    await advance(run.ports, cup.id);
    await sweep(run.ports, []);
    await run.drain();
    await clock.add(1000);
  }
}

test("an agent that thinks for longer than its rounds last misses them by its own fault, and the objective stays green", async () => {
  const cup = await world(api.db.query, { entries: 1, intervalSeconds: 60, thinkingSeconds: 40 });
  for (const number of [0, 1, 2, 3]) await playRound(cup, number);
  expect(await missed()).toEqual([0, 1, 2, 3].map((round) => ({ round, reason: "agent.timeout" })));
  expect(await tasks()).toEqual([0, 1, 2, 3].map(() => ({ state: "FAILURE", code: "agent.timeout" })));
  const { items, summary } = await recoveries();
  for (const row of items) {
    expect(row).toMatchObject({
      fate: "own",
      missed: "agent.timeout",
      decisions_lost: 0,
      ended_at: expect.any(String),
    });
  }
  expect(items.length).toBeGreaterThan(0);
  expect(summary).toMatchObject({
    unfinished: 0,
    decisions_lost: 0,
    decisions_missed_by_own: items.length,
    objective: { met: 0, missed: 0, share: null, burn: { "24h": 0, "7d": 0 } },
  });
});

test("a platform that was killed while an agent thought in time counts, and its row ends with the round", async () => {
  const cup = await world(api.db.query, { entries: 1, intervalSeconds: 60, thinkingSeconds: 10 });
  await playRound(cup, 0);
  expect(await missed()).toEqual([{ round: 0, reason: "round.late" }]);
  expect(await recoveries()).toMatchObject({
    items: [
      {
        cause: "lease",
        fate: "lost",
        missed: "round.late",
        decisions_lost: 1,
        resumed_at: null,
        ended_at: expect.any(String),
      },
    ],
    summary: { unfinished: 0, decisions_lost: 1, decisions_missed_by_own: 0, objective: { met: 0, missed: 1 } },
  });
});

test("an agent that fails after its lease was lost misses by its own fault", async () => {
  const cup = await world(api.db.query, { entries: 1, intervalSeconds: 60, thinkingSeconds: 10 });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  await run.ports.send("agents", [{ type: "decide", tournament_id: cup.id, entry_ids: [cup.entries[0]?.id ?? ""] }]);
  await run.drain();
  await clock.add(15_000);
  Object.assign(run.ports, {
    agent: () => ({ think: async () => ({ kind: "failed", code: "agent.failed", message: "it threw" }) }),
  });
  await sweep(run.ports, []);
  await run.drain();
  expect((await recoveries()).items).toMatchObject([
    { cause: "lease", fate: "under_way", missed: null, ended_at: null },
  ]);
  await clock.add(20_000);
  await sweepAll(cup);
  expect(await recoveries()).toMatchObject({
    items: [{ fate: "own", decisions_lost: 0 }],
    summary: { unfinished: 0, objective: { missed: 0 } },
  });
});

test("the time that an agent thinks is no part of how long it was away", async () => {
  const cup = await world(api.db.query, { entries: 2, thinkingSeconds: 100 });
  await api.db.query("update entries set thinking_seconds = null where id = $1", [cup.entries[1]?.id]);
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  const [round] = await api.db.query<{ id: string }>("select id from rounds");
  for (const { id } of cup.entries) {
    await api.db.query(
      `insert into recoveries (id, key, tournament_id, entry_id, cause, round_id, interrupted_at, detected_at, restored_at, resumed_at)
       select agonus_uuid_of(at, $1), $1, $2, $3, 'lease', $4, at - interval '20 seconds', at, at, at + interval '105 seconds'
       from (select agonus_now() as at) x`,
      [uuidv7(), cup.id, id, round?.id],
    );
  }
  expect((await recoveries()).summary.objective).toMatchObject({ met: 1, missed: 1 });
});

test.each([
  ["its task was cancelled", "update tasks set state = 'REVOKED', finished_at = agonus_now()", "let_go", 0],
  ["its task failed", "update tasks set state = 'FAILURE', finished_at = agonus_now()", "lost", 1],
  ["its task was cleaned up", "delete from tasks", "let_go", 0],
])("a recovery that owes nothing ends when %s", async (_, sql, fate, missed) => {
  const cup = await world(api.db.query, { entries: 1 });
  await run.ports.enqueue("recover_agent_state", { tournament_id: cup.id, agent_id: cup.entries[0]?.agentId });
  expect((await recoveries()).items).toMatchObject([{ fate: "under_way", round: null }]);
  await api.db.query(sql);
  expect(await recoveries()).toMatchObject({ items: [{ fate }], summary: { unfinished: 0, objective: { missed } } });
});
