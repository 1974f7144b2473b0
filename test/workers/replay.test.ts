import { expect, test } from "vitest";
import { checkLedger } from "../../src/ledger/check-ledger.ts";
import { defaultField } from "../../src/strategies/default-field.ts";
import { call, eventually, makeAgent, query, replay, SYMBOLS } from "./arrange.ts";

const ROUNDS = 4;

test("a replay runs through queue, object and database, and its ledger is exact", async () => {
  const field = defaultField(SYMBOLS);
  const agentIds = await Promise.all(field.map((agent) => makeAgent({ ...agent })));
  const id = await replay(ROUNDS, agentIds);
  expect((await call("POST", `/tournaments/${id}/start`)).status).toBe(200);
  await eventually(
    "it is completed",
    async () => (await call("GET", `/tournaments/${id}`)).body.status === "completed",
  );

  const rounds = await query("select number, state from rounds where tournament_id = $1 order by number", [id]);
  expect(rounds).toEqual(Array.from({ length: ROUNDS }, (_, number) => ({ number, state: "settled" })));
  const [counts] = await query(
    `select (select count(*) from decisions d join rounds r on r.id = d.round_id where r.tournament_id = $1) as decisions,
       (select count(*) from equity_points where tournament_id = $1) as points,
       (select count(*) > 0 from trades where tournament_id = $1) as traded,
       (select count(*) from tasks where tournament_id = $1 and finished_at is null) as unfinished`,
    [id],
  );
  const each = ROUNDS * field.length;
  expect(counts).toEqual({ decisions: each, points: each, traded: true, unfinished: 0 });

  const ledger = await checkLedger(query, { tournamentId: id });
  expect(ledger.errors).toEqual([]);
  expect(ledger.checked).toBeGreaterThan(500);

  const { body } = await call("GET", `/tournaments/${id}/leaderboard`);
  expect(body.items).toHaveLength(field.length);
  for (const item of body.items) expect(item.rank === null).toBe(item.baseline);
});
