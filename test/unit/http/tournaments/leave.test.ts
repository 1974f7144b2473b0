/** DELETE /tournaments/{id}/agents/{agent_id}, and entries of a tournament that changes before its start. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Query } from "../../../../src/db/query.ts";
import { startDueTournaments } from "../../../../src/db/statements/tournaments/live.ts";
import { joinEntries } from "../../../../src/rounds/join.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, NOWHERE, openApi } from "../../../support/http-app.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const leave = (id: string, agent: string) => api.call("DELETE", `/tournaments/${id}/agents/${agent}`);
const soon = () => new Promise((resolve) => setTimeout(resolve, 300));

/** Runs `work` in a transaction of its own; `rival` begins before it commits, and waits for its locks. */
async function whileOpen<T>(work: (query: Query) => Promise<unknown>, rival: () => Promise<T>): Promise<T> {
  return api.db.session(async (query) => {
    await query("begin");
    await work(query);
    const waits = rival();
    await soon();
    await query("commit");
    return waits;
  });
}

test("an agent can leave before the start, and only once", async () => {
  const [a, b] = [await api.agent(), await api.agent()];
  const { id } = await api.tournament({ agent_ids: [a, b] });
  api.woken.length = 0;
  expect(await leave(id, a)).toMatchObject({ status: 204, body: "" });
  expect(api.woken).toEqual([id]);
  expect((await api.see(`/tournaments/${id}`)).body.entries).toBe(1);
  expect(await leave(id, a)).toMatchObject({ status: 404, body: { code: "entry.not_found" } });
  expect(await leave(NOWHERE, a)).toMatchObject({ status: 404, body: { code: "tournament.not_found" } });
  expect(await leave(id, "nobody")).toMatchObject({ status: 404, body: { code: "entry.not_found" } });
  expect((await joinEntries(api.deps, id, [a])).joined, "it may come back").toEqual([a]);
});

test("only an operator removes an entry, and the audit names tournament and agent", async () => {
  const agent = await api.agent();
  const { id } = await api.tournament({ agent_ids: [agent] });
  const path = `/tournaments/${id}/agents/${agent}`;
  expect((await api.call("DELETE", path, { key: null })).status).toBe(401);
  expect((await api.see(`/tournaments/${id}`)).body.entries).toBe(1);
  expect((await leave(id, agent)).status).toBe(204);
  const { body } = await api.get("/audit?limit=1");
  expect(body.items[0]).toMatchObject({
    action: "DELETE /tournaments/:id/agents/:agent_id",
    target: id,
    details: { agent_id: agent },
  });
});

test("an entry that was recovered leaves with its recoveries", async () => {
  const agent = await api.agent();
  const { id } = await api.tournament({ agent_ids: [agent] });
  await api.db.query(
    `insert into recoveries (id, key, tournament_id, entry_id, cause)
     select $1, 'recover:' || id, tournament_id, id, 'operator' from entries where tournament_id = $2`,
    [api.deps.newId(), id],
  );
  expect((await leave(id, agent)).status).toBe(204);
});

test("an agent that leaves after the start is withdrawn, and nobody leaves once it is over", async () => {
  const [a, b] = [await api.agent(), await api.agent()];
  const { id } = await api.tournament({ agent_ids: [a, b] });
  await api.post(`/tournaments/${id}/start`);
  api.woken.length = 0;
  expect(await leave(id, a)).toMatchObject({ status: 204, body: "" });
  expect(api.woken).toEqual([id]);
  const { items } = (await api.get(`/tournaments/${id}/agents`)).body;
  expect(items.map((item: { agent_id: string; status: string }) => [item.agent_id, item.status])).toEqual(
    expect.arrayContaining([
      [a, "withdrawn"],
      [b, "active"],
    ]),
  );
  expect((await leave(id, a)).status, "a repeat").toBe(204);
  expect(await leave(id, NOWHERE)).toMatchObject({ status: 404, body: { code: "entry.not_found" } });
  await api.post(`/tournaments/${id}/cancel`);
  expect(await leave(id, b)).toMatchObject({
    status: 409,
    body: { code: "tournament.wrong_state", state: "cancelled" },
  });
});

test.each([
  ["by hand", (id: string) => api.post(`/tournaments/${id}/start`).then(({ status }) => status === 200)],
  ["by its time", (id: string) => startDueTournaments(api.db.query, id).then((ids) => ids.length > 0)],
])("a start %s that waits for the last agent to leave starts nothing", async (_, start) => {
  const agent = await api.agent();
  const { id } = await api.tournament({ agent_ids: [agent] });
  await api.db.query(
    `update tournaments set created_at = starts_at - interval '1 hour',
    starts_at = agonus_now() - interval '1 second' where id = $1`,
    [id],
  );
  const started = await whileOpen(
    async (query) => {
      await query("select from tournaments where id = $1 for no key update", [id]);
      await query("delete from entries where tournament_id = $1", [id]);
    },
    () => start(id),
  );
  expect(started).toBe(false);
  expect((await api.see(`/tournaments/${id}`)).body.status).toBe("upcoming");
});

test("a removal that waits for the start withdraws the entry", async () => {
  const agent = await api.agent();
  const { id } = await api.tournament({ agent_ids: [agent] });
  const answer = await whileOpen(
    (query) => query("update tournaments set status = 'live', started_at = agonus_now() where id = $1", [id]),
    () => leave(id, agent),
  );
  expect(answer.status).toBe(204);
  expect((await api.get(`/tournaments/${id}/agents`)).body.items).toMatchObject([{ status: "withdrawn" }]);
});

const cashOf = async (id: string) =>
  (await api.get(`/tournaments/${id}/agents`)).body.items.map((item: { cash: string; version: number }) => [
    item.cash,
    item.version,
  ]);

test("the starting cash changes with all entries, whose versions stay", async () => {
  const { id } = await api.tournament({ agent_ids: [await api.agent(), await api.agent()] });
  expect((await api.patch(`/tournaments/${id}`, { starting_cash: "750.5" })).status).toBe(200);
  expect(await cashOf(id)).toEqual(Array(2).fill(["750.5", 0]));
});

test("a change of the starting cash that waits for a join reaches the joined entry", async () => {
  const agent = await api.agent();
  const { id } = await api.tournament();
  const answer = await whileOpen(
    (query) => joinEntries({ ...api.deps, query }, id, [agent]),
    () => api.patch(`/tournaments/${id}`, { starting_cash: "900" }),
  );
  expect(answer.status).toBe(200);
  expect(await cashOf(id)).toEqual([["900", 0]]);
});

test("a join that waits for a change of the starting cash takes the new one", async () => {
  const agent = await api.agent();
  const { id } = await api.tournament();
  await whileOpen(
    (query) => query("update tournaments set starting_cash = 900 where id = $1", [id]),
    () => joinEntries(api.deps, id, [agent]),
  );
  expect(await cashOf(id)).toEqual([["900", 0]]);
});
