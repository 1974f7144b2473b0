/** Changes between a request's read and its write. A statement sees nothing that commits after it began. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Query } from "../../../../src/db/query.ts";
import { joinEntries } from "../../../../src/rounds/join.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, openApi } from "../../../support/http-app.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

/** Does `first` right before the statement that holds `text`. */
const before =
  (text: string, first: () => Promise<unknown>): Query =>
  async (statement, params) => {
    if (statement.includes(text)) await first();
    return api.db.query(statement, params);
  };
const soon = () => new Promise((resolve) => setTimeout(resolve, 300));

test("rules don't change when the tournament starts between the check and the write", async () => {
  const cup = await api.tournament({ agent_ids: [await api.agent()] });
  const query = before("update tournaments set name = $3", () => api.post(`/tournaments/${cup.id}/start`));
  const rival = await openApi({ query });
  const answer = await rival.patch(`/tournaments/${cup.id}`, { rules: { seed: "9" }, name: "Changed" });
  expect(answer).toMatchObject({ status: 409, body: { code: "request.conflict" } });
  const { body } = await api.get(`/tournaments/${cup.id}`);
  expect(body).toMatchObject({ status: "live", name: "Cup", rules: cup.rules, candle_source: cup.candle_source });
  expect(await api.db.query("select id from candle_sources where kind = 'synthetic'")).toHaveLength(1);
  await rival.db.close();
});

test("the second of two changes that read the same tournament is a conflict", async () => {
  const cup = await api.tournament();
  let once = false;
  const query = before("update tournaments set name = $3", async () => {
    if (!once) await api.patch(`/tournaments/${cup.id}`, { rules: { fee_bps: 1 } });
    once = true;
  });
  const rival = await openApi({ query });
  expect((await rival.patch(`/tournaments/${cup.id}`, { starting_cash: "1" })).status).toBe(409);
  expect((await api.get(`/tournaments/${cup.id}`)).body).toMatchObject({
    starting_cash: "500",
    rules: { fee_bps: "1" },
  });
  await rival.db.close();
});

test("an agent that is archived between the read and the write does not join", async () => {
  const cup = await api.tournament();
  const agent = await api.agent();
  await api.tournament({ agent_ids: [agent] });
  const query = before("insert into entries", () => api.call("DELETE", `/agents/${agent}`));
  expect((await joinEntries({ ...api.deps, query }, cup.id, [agent])).joined).toEqual([]);
});

test("a tournament isn't deleted when a round opens meanwhile", async () => {
  const { id } = await api.tournament({ agent_ids: [await api.agent()] });
  const deletion = await api.db.session(async (query) => {
    await query("begin");
    await query("select from tournaments where id = $1 for no key update", [id]);
    await openRound(query, id, 1);
    const answer = api.call("DELETE", `/tournaments/${id}`);
    await soon();
    await query("commit");
    return answer;
  });
  expect(deletion.status).toBe(409);
  expect((await api.see(`/tournaments/${id}`)).body).toMatchObject({ entries: 1, current_round: { state: "open" } });
});

test("orders of a decision that a cancelling waited for are dropped as well", async () => {
  const { id } = await api.tournament({ agent_ids: [await api.agent()] });
  await api.post(`/tournaments/${id}/start`);
  await openRound(api.db.query, id, 1);
  const cancelled = await api.db.session(async (query) => {
    await query("begin");
    await query("select from rounds where tournament_id = $1 and state = 'open' for share", [id]);
    await query(
      `with d as (insert into decisions (round_id, entry_id, outcome, order_count, version, details_hash)
         select r.id, e.id, 'made', 1, 0, '0' from rounds r join entries e using (tournament_id) where tournament_id = $1 returning *)
       insert into orders (round_id, entry_id, seq, side, symbol, amount, state)
       select round_id, entry_id, 0, 'buy', 'BTC-USDT', 10, 'open' from d`,
      [id],
    );
    const answer = api.post(`/tournaments/${id}/cancel`);
    await soon();
    await query("commit");
    return answer;
  });
  expect(cancelled.status).toBe(200);
  const { body } = await api.see(`/tournaments/${id}/rounds/0`);
  expect(body.decisions[0].orders[0].state).toBe("dropped");
});

test("a round that opens while an agent joins counts exactly the entries that take part", async () => {
  const { id } = await api.tournament({ agent_ids: [await api.agent()] });
  await api.post(`/tournaments/${id}/start`);
  const agent = await api.agent();
  await api.db.session(async (query) => {
    await query("begin");
    await query("select from tournaments where id = $1 for no key update", [id]);
    await openRound(query, id, 1);
    const joining = joinEntries(api.deps, id, [agent]);
    await soon();
    await query("commit");
    await joining;
  });
  const [row] = await api.db.query<{ participants: number; there: number }>(
    `select r.participants, (select count(*)::int from entries e where e.tournament_id = r.tournament_id and e.first_round <= r.number) as there
     from rounds r where r.tournament_id = $1`,
    [id],
  );
  expect(row?.participants).toBe(row?.there);
});

async function openRound(query: Query, tournamentId: string, participants: number): Promise<void> {
  await query(
    `insert into rounds (id, tournament_id, number, state, due_at, deadline_at, participants)
     values ($1, $2, 0, 'open', agonus_now(), 'infinity', $3)`,
    [api.deps.newId(), tournamentId, participants],
  );
}
