/** Agents from outside in workerd: waits that share one call to the Arena across requests. */
import { expect, test } from "vitest";
import { agonusRound } from "../../src/api/round.ts";
import { call, KEY, makeAgent, query, replay } from "./arrange.ts";

const outside = () => makeAgent({ strategy_type: undefined, kind: "outside" });

async function keyOf(agentId: string): Promise<string> {
  const { body } = await call("POST", "/keys", { role: "agent", name: "Bot", agent_id: agentId }, KEY);
  return body.key;
}
const current = (agentId: string, tournamentId: string, key: string, wait: number) =>
  call("GET", `/agents/${agentId}/rounds/current?tournament_id=${tournamentId}&wait=${wait}`, undefined, key);
const hold = (agentId: string, tournamentId: string, key: string, round: number) =>
  call(
    "POST",
    `/agents/${agentId}/decisions?tournament_id=${tournamentId}`,
    { round, orders: [], reasoning: "x" },
    key,
  );

test("agents wait for a replay's rounds and answer each of them, until it is over", async () => {
  const agents = await Promise.all([outside(), outside(), outside()]);
  const cup = await replay(3, agents);
  const play = async (agentId: string) => {
    const key = await keyOf(agentId);
    const rounds: number[] = [];
    for (;;) {
      const { status, body } = await current(agentId, cup, key, 20);
      if (status === 410) return rounds;
      if (status !== 200) continue;
      rounds.push(agonusRound.parse(body).round.number);
      expect((await hold(agentId, cup, key, body.round.number)).status).toBe(200);
    }
  };
  const played = agents.map(play);
  expect((await call("POST", `/tournaments/${cup}/start`)).status).toBe(200);
  expect(await Promise.all(played)).toEqual([
    [0, 1, 2],
    [0, 1, 2],
    [0, 1, 2],
  ]);
  const missed = await query("select 1 from missed_decisions where tournament_id = $1", [cup]);
  expect(missed).toEqual([]);
}, 60_000);
