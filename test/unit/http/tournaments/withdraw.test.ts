/** An agent leaves a running tournament: nobody waits for it, it keeps its last equity, and the ledger stays exact. */
import { afterAll, afterEach, expect, test } from "vitest";
import { joinEntries } from "../../../../src/rounds/join.ts";
import { closeTestServer } from "../../../support/database.ts";
import { buys, type DoorScene, doorScene, holds, type Player } from "../../../support/doors.ts";

let scene: DoorScene;
afterEach(() => scene.close());
afterAll(closeTestServer);

const leave = (player: Player) =>
  scene.api.call("DELETE", `/tournaments/${scene.cup.id}/agents/${player.id}`, { key: player.key });
const board = async () =>
  (await scene.api.see(`/tournaments/${scene.cup.id}/leaderboard`)).body.items as Record<string, unknown>[];
const stateOf = async (number: number) =>
  (await scene.api.db.query<{ state: string }>("select state from rounds where number = $1", [number]))[0]?.state;
const verdict = async () => {
  const { status } = await scene.api.post(`/tournaments/${scene.cup.id}/cancel`);
  expect([200, 409]).toContain(status);
  return (await scene.run.runTask("check_tournament_result", { tournament_id: scene.cup.id }))?.result?.verdict;
};

test("after its decision: its orders fill, its equity stands, and it is asked no more", async () => {
  scene = await doorScene({ market: "replay", entries: 3 });
  const [a, b, c] = scene.players as [Player, Player, Player];
  await scene.open(0);
  await a.decide(buys(0));
  expect((await leave(a)).status).toBe(204);
  for (const player of [b, c]) await player.decide(holds(0));
  for (let n = 0; n < 6; n++) await scene.step();
  expect(await stateOf(0)).toBe("settled");
  expect(await stateOf(1)).toBe("open");
  expect((await a.current()).body.code).toBe("entry.withdrawn");
  expect((await a.decide(holds(1))).body.code).toBe("entry.withdrawn");
  const [row] = (await board()).filter(({ agent_id }) => agent_id === a.id);
  expect(row).toMatchObject({ status: "withdrawn", equity: expect.not.stringMatching(/^500$/) });
  for (const player of [b, c]) await player.decide(holds(1));
  for (let n = 0; n < 6; n++) await scene.step();
  expect(await stateOf(1)).toBe("settled");
  expect((await board()).find(({ agent_id }) => agent_id === a.id)).toMatchObject({
    equity: row?.equity,
    rank: null,
  });
  expect(await verdict()).toBe("exact");
});

test("before its decision: the open round of a replay goes on at once, and says why it was missed", async () => {
  scene = await doorScene({ market: "replay", entries: 3 });
  const [a, b, c] = scene.players as [Player, Player, Player];
  await scene.open(0);
  await b.decide(holds(0));
  expect((await leave(a)).status).toBe(204);
  const newcomer = await scene.api.agent({ kind: "outside", strategy_type: undefined });
  await joinEntries(scene.api.deps, scene.cup.id, [newcomer]);
  for (let n = 0; n < 3; n++) await scene.step();
  expect(await stateOf(0), "one still owes its decision").toBe("open");
  await c.decide(holds(0));
  for (let n = 0; n < 6; n++) await scene.step();
  expect(await stateOf(0)).toBe("settled");
  const { items } = (await scene.api.get(`/agents/${a.id}/log?tournament_id=${scene.cup.id}`)).body;
  expect(items).toMatchObject([{ round: 0, outcome: "missed", reason: "entry.withdrawn" }]);
  expect((await scene.api.get("/errors")).body.items).toEqual([]);
  expect(await verdict()).toBe("exact");
});

test("a house agent that had not been asked yet holds no replay up", async () => {
  scene = await doorScene({ market: "replay", entries: 3, kind: "house" });
  const [a] = scene.players as [Player];
  await scene.clock.set(scene.cup.due(0));
  await scene.run.ports.wakeArena(scene.cup.id);
  await scene.run.ports.wakeArena(scene.cup.id);
  expect(await stateOf(0)).toBe("open");
  expect((await leave(a)).status).toBe(204);
  for (let n = 0; n < 8; n++) await scene.step();
  expect(await stateOf(0)).toBe("settled");
  expect(await verdict()).toBe("exact");
});

test("between two rounds of a live tournament: the next round opens without it", async () => {
  scene = await doorScene({ entries: 2 });
  const [a, b] = scene.players as [Player, Player];
  await scene.open(0);
  for (const player of [a, b]) await player.decide(holds(0));
  await scene.clock.set(scene.cup.due(1) - 1000);
  for (let n = 0; n < 6; n++) await scene.step();
  expect(await stateOf(0)).toBe("settled");
  expect((await leave(a)).status).toBe(204);
  await scene.open(1);
  const [round] = await scene.api.db.query("select participants from rounds where number = 1");
  expect(round).toEqual({ participants: 1 });
  await b.decide(holds(1));
  await scene.clock.set(scene.cup.due(2) - 1000);
  for (let n = 0; n < 6; n++) await scene.step();
  expect(await verdict()).toBe("exact");
});
