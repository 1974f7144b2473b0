/** The life of a task of an agent from outside: held from the opening, ended by the answer or by the close; halting. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { staleEntries } from "../../../src/db/statements/entries/stale.ts";
import { sweep } from "../../../src/engine/sweep.ts";
import { count } from "../../support/builders.ts";
import { closeTestServer } from "../../support/database.ts";
import { buys, type DoorScene, doorScene, holds, type Player } from "../../support/doors.ts";

let scene: DoorScene;
let bot: Player;
let other: Player;
const start = async (options: Parameters<typeof doorScene>[0] = {}) => {
  scene = await doorScene(options);
  [bot, other] = scene.players as [Player, Player];
};
beforeEach(() => start());
afterEach(() => scene.close());
afterAll(closeTestServer);

const tasks = () =>
  scene.api.db.query<{ entry_id: string; state: string; code: string | null }>(
    "select entry_id, state, error->>'code' as code from tasks where name = 'run_agent_decision' order by created_at, entry_id",
  );
const stateOf = async (one: Player) =>
  (await tasks()).filter(({ entry_id }) => entry_id === one.entryId).map(({ state }) => state);
const sent = () => scene.run.queued.length;
/** Lets a round pass in which `answers` decide. */
async function play(round: number, answers: readonly Player[]): Promise<void> {
  await scene.open(round);
  for (const one of answers) expect((await one.decide(holds(round))).status).toBe(200);
  // While all is well, somebody looks at the round every few seconds.
  for (let at = scene.clock.now() + 15_000; at < scene.cup.due(round) + 150_000; at += 15_000) {
    await scene.clock.set(at);
    await scene.step();
  }
  await scene.clock.set(scene.cup.due(round) + 150_000);
  for (let step = 0; step < 4; step++) await scene.step();
}

test("the opening statement makes the tasks, and nobody sends or runs them", async () => {
  await scene.open(0);
  expect(await tasks()).toEqual(
    scene.players
      .map(({ entryId }) => ({ entry_id: entryId, state: "PENDING", code: null }))
      .toSorted((a, b) => (a.entry_id < b.entry_id ? -1 : 1)),
  );
  for (let i = 0; i < 8; i++) {
    await scene.clock.add(17_000);
    await sweep(scene.run.ports, []);
    await scene.step();
  }
  expect([sent(), await count(scene.api.db.query, "recoveries")]).toEqual([0, 0]);
  expect(await stateOf(bot)).toEqual(["PENDING"]);
});

test("why says until when the task waits for its agent", async () => {
  await scene.open(0);
  const [row] = await scene.api.db.query<{ id: string }>("select id from tasks where entry_id = $1", [bot.entryId]);
  const until = new Date(scene.cup.due(0) + 150_000).toISOString();
  const { body } = await scene.api.get(`/tasks/${row?.id}/why`);
  expect(body).toMatchObject({
    verdict: "waits_for_agent",
    cause: `The task waits for its agent until ${until}.`,
    next_at: until,
  });
});

test("at the close an unanswered task fails without a retry, its round says so, and it is no error of ours", async () => {
  await play(0, [other]);
  expect([await stateOf(bot), await stateOf(other)]).toEqual([["FAILURE"], ["SUCCESS"]]);
  const missed = await scene.api.get(`/tournaments/${scene.cup.id}/rounds/0`);
  expect(missed.body.missed).toMatchObject([{ agent_id: bot.id, reason: "round.no_answer" }]);
  expect((await scene.api.get("/errors")).body.items).toEqual([]);
});

test("a bulk retry leaves what an agent missed as it is, so that no miss turns into an error of ours", async () => {
  await play(0, [other]);
  const job = (await scene.api.post("/bulk", { action: "retry", filter: { state: "FAILURE" } })).body;
  expect(job).toMatchObject({ frozen: 1, final: 1 });
  await scene.api.post("/bulk", { token: job.token });
  await scene.run.runTask("run_bulk_job", { bulk_id: job.bulk_id });
  expect((await tasks()).filter(({ state }) => state !== "SUCCESS")).toEqual([
    { entry_id: bot.entryId, state: "FAILURE", code: "round.no_answer" },
  ]);
  expect((await scene.api.get(`/bulk/${job.bulk_id}`)).body).toMatchObject({
    ...{ state: "done", done: 0, skipped: 1 },
    reasons: { "its round is over: a retry can't help": 1 },
  });
  expect((await scene.api.get("/errors")).body.items).toEqual([]);
});

test("an agent that is silent for hours is not taken for crashed", async () => {
  await scene.open(0);
  await scene.api.db.query("update entries set joined_at = agonus_now() - interval '5 hours'");
  await scene.api.db.query("update tournaments set started_at = agonus_now() - interval '5 hours'");
  expect(await staleEntries(scene.api.db.query, 10)).toMatchObject({ stale_count: 0 });
});

test("five rounds in a row without an answer halt an entry: it is asked no more until it is resumed", async () => {
  for (let round = 0; round < 5; round++) await play(round, [other]);
  expect(await scene.api.db.query("select id from entries where halted_at is not null")).toEqual([{ id: bot.entryId }]);
  const state = await scene.api.get(`/agents/${bot.id}/state?tournament_id=${scene.cup.id}`);
  expect(state.body).toMatchObject({ kind: "outside", halted_at: expect.any(String) });
  await scene.open(5);
  expect(await bot.current()).toMatchObject({ status: 409, body: { code: "agent.halted" } });
  expect((await bot.decide(holds(5))).body.code).toBe("agent.halted");
  await scene.clock.set(scene.cup.due(5) + 150_000);
  for (let step = 0; step < 4; step++) await scene.step();
  const round = await scene.api.get(`/tournaments/${scene.cup.id}/rounds/5`);
  expect(round.body.missed).toContainEqual(expect.objectContaining({ agent_id: bot.id, reason: "agent.halted" }));
  const resume = `/agents/${bot.id}/resume?tournament_id=${scene.cup.id}`;
  expect((await scene.api.post(resume, undefined, { key: other.key })).status).toBe(403);
  expect(await scene.api.post(resume, undefined, { key: bot.key })).toMatchObject({
    status: 200,
    body: { halted: false },
  });
  await scene.open(6);
  expect((await bot.current()).status).toBe(200);
  expect((await bot.decide(holds(6))).status).toBe(200);
});

test("a valid answer begins the count anew, and misses by our fault don't count", async () => {
  for (let round = 0; round < 4; round++) await play(round, [other]);
  await play(4, [bot, other]);
  const misses = async () =>
    (await scene.api.db.query("select misses from entries where id = $1", [bot.entryId]))[0]?.misses;
  expect(await misses()).toBe(0);
  // The queue is paused for a while.
  await scene.open(5);
  await scene.api.post("/queues/agents/pause");
  await scene.api.post("/queues/agents/resume");
  await play(5, []);
  expect(await misses()).toBe(0);
  // Nobody looks at the round for a minute: the platform was away.
  await scene.open(6);
  await scene.clock.add(60_000);
  await scene.step();
  await play(6, []);
  expect(await misses()).toBe(0);
  await play(7, []);
  expect(await misses()).toBe(1);
});

test("in a replay an agent has its seconds of real time, then its task fails and the round goes on", async () => {
  await scene.close();
  await start({ market: "replay", rounds: 3 });
  await scene.step();
  const { body } = await bot.current();
  expect(body.round).toMatchObject({
    number: 0,
    seconds_left: 60,
    deadline_at: new Date(scene.clock.now() + 60_000).toISOString(),
  });
  await other.decide(holds(0));
  for (let i = 0; i < 5; i++) {
    await scene.clock.add(10_000);
    await scene.step();
  }
  expect(await stateOf(bot)).toEqual(["PENDING"]);
  await scene.clock.add(10_000);
  await scene.step();
  expect((await tasks()).filter(({ entry_id }) => entry_id === bot.entryId)).toMatchObject([
    { state: "FAILURE", code: "round.no_answer" },
    { state: "PENDING" },
  ]);
  expect((await bot.current()).body.round.number).toBe(1);
});

test("a replay's time stops while the platform is away", async () => {
  await scene.close();
  await start({ market: "replay", rounds: 2 });
  await scene.step();
  await scene.clock.add(10_000);
  await scene.step();
  await scene.clock.add(600_000);
  await scene.step();
  const { body } = await bot.current();
  expect(body.round).toMatchObject({ number: 0, seconds_left: 50 });
  expect((await bot.decide(buys(0))).status).toBe(200);
});

test("a replay goes on as soon as all agents have answered", async () => {
  await scene.close();
  await start({ market: "replay", rounds: 2 });
  await scene.step();
  for (const one of scene.players) await one.decide(buys(0));
  expect(scene.api.woken).toContain(scene.cup.id);
  await scene.step();
  await scene.step();
  expect((await bot.current()).body.round.number).toBe(1);
});

test("a cancelled tournament leaves no task that waits", async () => {
  await scene.open(0);
  await scene.api.post(`/tournaments/${scene.cup.id}/cancel`);
  await scene.step();
  expect(await count(scene.api.db.query, "tasks where state = 'PENDING' and name = 'run_agent_decision'")).toBe(0);
});

test("an operator makes agents of the kind outside, whose kind is public", async () => {
  const made = await scene.api.post("/agents", { name: "From outside", kind: "outside", risk_score: "0.3" });
  expect(made).toMatchObject({ status: 201, body: { kind: "outside", strategy_type: "outside" } });
  expect((await scene.api.see(`/agents/${made.body.id}`)).body.kind).toBe("outside");
  const cup = await scene.api.tournament({ agent_ids: [made.body.id] });
  const { items } = (await scene.api.see(`/tournaments/${cup.id}/agents`)).body;
  expect(items).toMatchObject([{ agent_id: made.body.id, kind: "outside", halted_at: null }]);
  const wrong = await scene.api.post("/agents", { name: "Both", kind: "outside", strategy_type: "momentum" });
  expect([wrong.status, wrong.body.errors[0].path]).toEqual([422, "strategy_type"]);
});
