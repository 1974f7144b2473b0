/** What an operator's pause of a queue held back is no fault of the platform, and none of the agents. */
import { afterAll, beforeEach, expect, test } from "vitest";
import { findSilentEntry } from "../../../src/db/statements/entries/silent.ts";
import { staleEntries } from "../../../src/db/statements/entries/stale.ts";
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

const body = async (path: string) => (await api.get(path)).body;
const pause = (queue = "agents") => api.post(`/queues/${queue}/pause`, { reason: "a look" });
const resume = (queue = "agents") => api.post(`/queues/${queue}/resume`);
const missed = () => api.db.query("select distinct reason from missed_decisions");
/** The round looks, and what it sends is thrown away: nobody takes messages of a paused queue. */
async function look(cup: World, seconds: number): Promise<void> {
  await clock.set(cup.due(0) + seconds * 1000);
  await advance(run.ports, cup.id);
  run.queued.length = 0;
}
/** Asks every agent, as the message does that the round sends. */
async function decide(cup: World): Promise<void> {
  await run.ports.send("agents", [
    { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.map(({ id }) => id) },
  ]);
  await run.drain();
}
const unjudged = { met: 0, missed: 0, share: null, burn: { "24h": 0, "7d": 0 } };
const kinds = async () => (await body("/inspect/attention")).items.map(({ kind }: { kind: string }) => kind);

test("a decision that a pause held back until shortly before the close is the operator's, not lost by the platform", async () => {
  const cup = await world(api.db.query, { entries: 3 });
  await clock.set(cup.due(0) - 1000);
  await pause();
  for (const at of [0, 30, 60, 90]) await look(cup, at);
  await clock.set(cup.due(0) + 140_000);
  await resume();
  await look(cup, 150);
  expect(await missed()).toEqual([{ reason: "round.no_answer" }]);
  const { items, summary } = await body("/recoveries");
  expect(items).toHaveLength(3);
  for (const row of items) {
    expect(row).toMatchObject({ cause: "resent", fate: "own", queue_paused: true, decisions_lost: 0 });
  }
  expect(summary).toMatchObject({
    decisions_lost: 0,
    decisions_missed_by_own: 3,
    decisions_missed_by_operator: 3,
    objective: unjudged,
  });
  expect(await kinds()).toEqual([]);
});

test("a round that closed in a pause was missed by the operator's hand", async () => {
  const cup = await world(api.db.query, { entries: 2 });
  await clock.set(cup.due(0) - 1000);
  await pause();
  for (const at of [0, 30, 60, 150]) await look(cup, at);
  expect(await missed()).toEqual([{ reason: "queue.paused" }]);
  expect(await body("/recoveries")).toMatchObject({
    items: [
      { fate: "own", queue_paused: true },
      { fate: "own", queue_paused: true },
    ],
    summary: { decisions_lost: 0, decisions_missed_by_own: 2, decisions_missed_by_operator: 2, objective: unjudged },
  });
  expect(await kinds()).toEqual(["queue_paused"]);
});

test("an agent that failed in spite of a pause missed by its own fault", async () => {
  const cup = await world(api.db.query, { entries: 1, thinkingSeconds: 10 });
  await clock.set(cup.due(0) - 1000);
  await pause();
  for (const at of [0, 30, 60]) await look(cup, at);
  await clock.set(cup.due(0) + 100_000);
  await resume();
  await look(cup, 101);
  await api.db.query(
    `update tasks set state = 'FAILURE', finished_at = agonus_now(), error = '{"code": "agent.failed", "message": "it threw"}'`,
  );
  await look(cup, 150);
  expect(await missed()).toEqual([{ reason: "agent.failed" }]);
  expect(await body("/recoveries")).toMatchObject({
    items: [{ fate: "own", missed: "agent.failed", queue_paused: true }],
    summary: { decisions_missed_by_own: 1, decisions_missed_by_operator: 0, objective: unjudged },
  });
});

test("a pause that was resumed in time meets no objective, and nothing had to be mended", async () => {
  const cup = await world(api.db.query, { entries: 2 });
  await clock.set(cup.due(0) - 1000);
  await pause();
  for (const at of [0, 30, 60]) await look(cup, at);
  expect(await body("/recoveries")).toMatchObject({
    items: [{ fate: "under_way" }, { fate: "under_way" }],
    summary: { objective: unjudged },
  });
  await clock.set(cup.due(0) + 100_000);
  await resume();
  await advance(run.ports, cup.id);
  await run.drain();
  expect(await body("/recoveries")).toMatchObject({
    items: [
      { fate: "back", queue_paused: true },
      { fate: "back", queue_paused: true },
    ],
    summary: { recoveries: 2, objective: unjudged },
  });
  expect(await kinds()).toEqual([]);
});

test("a pause excuses the platform for no longer than an agent may be away", async () => {
  const cup = await world(api.db.query, { entries: 1 });
  await clock.set(cup.due(0) - 1000);
  await pause();
  await look(cup, 0);
  await clock.set(cup.due(0) + 5000);
  await resume();
  for (const at of [30, 60, 150]) await look(cup, at);
  expect(await body("/recoveries")).toMatchObject({
    items: [{ fate: "lost", queue_paused: false, decisions_lost: 1 }],
    summary: { decisions_lost: 1, decisions_missed_by_own: 0, objective: { missed: 1 } },
  });
});

test("a pause that was over before the agent's last sign of life excuses nothing", async () => {
  const cup = await world(api.db.query, { entries: 1 });
  await clock.set(cup.due(0) + 1000);
  await pause();
  await clock.add(1000);
  await resume();
  await look(cup, 3);
  await api.db.query(
    `insert into recoveries (id, key, tournament_id, entry_id, cause, round_id, interrupted_at, detected_at, restored_at, resumed_at)
     select agonus_uuid_of(at, 'k'), 'k', $1, $2, 'lease', r.id, at, at + interval '20 seconds', at + interval '20 seconds', at + interval '21 seconds'
     from rounds r, (select agonus_now() as at) x`,
    [cup.id, cup.entries[0]?.id],
  );
  expect(await body("/recoveries")).toMatchObject({
    items: [{ fate: "back", queue_paused: false }],
    summary: { objective: { met: 1, missed: 0 } },
  });
});

test("a later pause holds up nothing that was over before, also where its round was skipped", async () => {
  const cup = await world(api.db.query, { entries: 1 });
  for (const at of [0, 30, 60]) await look(cup, at);
  await api.post(`/tournaments/${cup.id}/cancel`);
  await clock.set(cup.due(3));
  await pause();
  await clock.add(1000);
  expect((await body("/recoveries")).items).toMatchObject([{ fate: "let_go", queue_paused: false }]);
});

test("a recovery whose own task waits in a paused queue does not use up the budget", async () => {
  const cup = await world(api.db.query, { entries: 1 });
  await clock.set(cup.due(0) - 200_000);
  await pause("recovery");
  await run.ports.enqueue("recover_agent_state", {
    tournament_id: cup.id,
    agent_id: cup.entries[0]?.agentId,
    cause: "stale",
  });
  await clock.add(100_000);
  expect(await body("/recoveries")).toMatchObject({
    items: [{ round: null, fate: "under_way", queue_paused: true }],
    summary: { objective: unjudged },
  });
  await resume("recovery");
  await clock.add(61_000);
  expect((await body("/recoveries")).summary.objective).toMatchObject({ met: 0, missed: 1 });
});

test("while its queue is paused an entry owes and is not silent, and a pause is no silence afterwards", async () => {
  const cup = await world(api.db.query, { entries: 1, intervalSeconds: 60 });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  await decide(cup);
  await clock.add(30_000);
  await advance(run.ports, cup.id);
  await run.drain();
  await pause();
  await clock.set(cup.due(15));
  await api.db.query(
    `insert into rounds (id, tournament_id, number, state, due_at, deadline_at, opened_at, participants)
     select gen_random_uuid(), $1, 15, 'open', agonus_now(), agonus_now() + interval '30 seconds', agonus_now(), 1`,
    [cup.id],
  );
  const verdicts = async () =>
    (await body("/inspect/entries")).items.map((row: { verdict: string; queue_paused: boolean }) => [
      row.verdict,
      row.queue_paused,
    ]);
  await clock.add(2000);
  expect(await verdicts()).toEqual([["owes", true]]);
  expect((await staleEntries(api.db.query, 10)).stale).toEqual([]);
  await resume();
  await clock.add(1000);
  expect(await verdicts()).toEqual([["owes", false]]);
  expect((await staleEntries(api.db.query, 10)).stale).toEqual([]);
  expect(await findSilentEntry(api.db.query, cup.entries[0]?.id ?? "")).toBeNull();
  await clock.add(601_000);
  expect(await verdicts()).toEqual([["silent", false]]);
  expect((await staleEntries(api.db.query, 10)).stale).toHaveLength(1);
});
