/** The searches of agents and of live entries, on 100,000 of each. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { agentsStatement } from "../../../../src/db/statements/agents/list.ts";
import { liveEntries } from "../../../../src/db/statements/entries/inspect.ts";
import { type World, world } from "../../../support/builders.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, openApi } from "../../../support/http-app.ts";
import { NEW_ID } from "../../../support/new-id.ts";

const ROWS = 100_000;

let api: Api;
let cup: World;
let old: World;
beforeAll(async () => {
  api = await openApi();
  cup = await world(api.db.query, { entries: 3 });
  old = await world(api.db.query, { entries: 1, status: "paused" });
  await api.db.query("update tournaments set name = 'Harbour Cup' where id = $1", [cup.id]);
  await api.db.query("update tournaments set name = 'Harbour Past' where id = $1", [old.id]);
  await api.db.query(
    `with made as (
       insert into agents (id, name, strategy_type, strategy)
       select agonus_uuid_at(agonus_now() - make_interval(secs => n)), case when n % 20000 = 0 then 'Rare_Bird ' else 'Common Bot ' end || n, 'value', 'cash'
       from generate_series(1, $2::int) n returning id, name)
     insert into entries (id, tournament_id, agent_id, agent_name, strategy, baseline, first_round, cash, joined_at)
     select ${NEW_ID}, $1, id, name, 'cash', false, 0, 500, agonus_now() from made`,
    [cup.id, ROWS],
  );
  await api.db.query("analyze agents, entries");
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

interface Plan {
  readonly "Node Type": string;
  readonly "Index Name"?: string;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly Plans?: readonly Plan[];
}

async function planOf(q: string | null) {
  const { text, params } = agentsStatement({ q, strategyType: null, baseline: null, before: null, limit: 51 });
  const [row] = await api.db.query<{ "QUERY PLAN": [{ Plan: Plan }] }>(
    `explain (analyze, buffers, format json) ${text}`,
    params,
  );
  const root = row?.["QUERY PLAN"][0].Plan;
  if (!root) throw new Error("no plan");
  const indexes = (plan: Plan): string[] => [plan["Index Name"] ?? "", ...(plan.Plans ?? []).flatMap(indexes)];
  return { indexes: indexes(root).filter(Boolean), blocks: root["Shared Hit Blocks"] + root["Shared Read Blocks"] };
}

test.each([
  ["a rare name", "rare_b"],
  ["what nobody is called", "nobody at all"],
  ["a part of an id", "4a5b6c7d"],
])("agents: %s is looked up in the index of names and ids", async (_, q) => {
  const { indexes, blocks } = await planOf(q);
  expect(indexes).toEqual(["agents_by_text"]);
  expect(blocks).toBeLessThan(1000);
});

test.each([
  ["all", null],
  ["what nearly everyone is called", "common bot"],
  ["two letters", "bo"],
])("agents: %s comes from the newest backwards, a few rows of them", async (_, q) => {
  const { indexes, blocks } = await planOf(q);
  expect(indexes).toEqual(["agents_pkey"]);
  expect(blocks).toBeLessThan(1000);
});

test("agents: a search goes on by its cursor to the last one, each once", async () => {
  const names: string[] = [];
  let cursor = "";
  do {
    const { body } = await api.see(`/agents?q=rare_b&limit=2${cursor && `&cursor=${cursor}`}`);
    names.push(...body.items.map(({ name }: { name: string }) => name));
    cursor = body.next_cursor ?? "";
  } while (cursor !== "");
  expect(names).toEqual([1, 2, 3, 4, 5].map((n) => `Rare_Bird ${n * 20000}`));
  const first = (await api.see("/agents?q=rare_b&limit=2")).body.next_cursor;
  expect((await api.see(`/agents?q=rare&limit=2&cursor=${first}`)).body.code).toBe("request.bad_cursor");
});

test("agents: an id is found by its whole and by its end, and a short word does not find ids by chance", async () => {
  const id = await api.agent({ name: "Solo" });
  const found = async (q: string) =>
    (await api.see(`/agents?q=${q}`)).body.items.map((item: { id: string }) => item.id);
  expect(await found(id)).toEqual([id]);
  expect(await found(id.slice(-12).toUpperCase())).toEqual([id]);
  expect(await found(id.slice(-7))).toEqual([]);
  expect(await found(` ${id.slice(-12)} `)).toEqual([id]);
});

const listed = async (query: string) => {
  const { status, body } = await api.get(`/inspect/entries?${query}`);
  expect(status).toBe(200);
  return body;
};
const agentsIn = ({ items }: { items: { agent: string }[] }) => items.map(({ agent }) => agent);

test("entries: found by the agent's name, its wildcards taken literally, and paged by cursor in their order", async () => {
  const rare = [1, 2, 3, 4, 5].map((n) => `Rare_Bird ${n * 20000}`).sort();
  const first = await listed("q=RARE_b&limit=3");
  const rest = await listed(`q=RARE_b&limit=3&cursor=${first.next_cursor}`);
  expect([...agentsIn(first), ...agentsIn(rest)].sort()).toEqual(rare);
  expect([first.items.length, rest.items.length, rest.next_cursor]).toEqual([3, 2, null]);
  expect(agentsIn(await listed("q=rareXb"))).toEqual([]);
  expect(agentsIn(await listed("q=%25"))).toEqual([]);
  expect((await api.get(`/inspect/entries?q=rare&cursor=${first.next_cursor}`)).body.code).toBe("request.bad_cursor");
});

test("entries: found by the tournament's name while it is live, and by the ids of agent, entry and tournament", async () => {
  const [one] = cup.entries;
  expect((await listed("q=harbour cup&limit=100")).items).toHaveLength(100);
  expect((await listed("q=harbour past")).items).toEqual([]);
  expect(agentsIn(await listed(`q=${one?.agentId.slice(-12)}`))).toEqual([one?.name]);
  expect(agentsIn(await listed(`q=${one?.id}`))).toEqual([one?.name]);
  expect((await listed(`q=${cup.id}&limit=7`)).items).toHaveLength(7);
  expect((await listed(`q=${old.id}`)).items).toEqual([]);
  expect(agentsIn(await listed(`q=${one?.name.slice(0, 7)}&tournament_id=${old.id}`))).toEqual([]);
});

test("entries: only the entries of the page are looked up in other tables", async () => {
  const seen: string[] = [];
  await liveEntries(
    async (text, params) => {
      const rows = await api.db.query<{ "QUERY PLAN": string }>(`explain (analyze) ${text}`, params);
      seen.push(...rows.map((row) => row["QUERY PLAN"]));
      return [];
    },
    { tournamentId: null, q: "common", after: null },
    101,
  );
  const looks = seen.filter((line) => /decisions/.test(line)).flatMap((line) => line.match(/loops=(\d+)/)?.[1] ?? []);
  expect(looks.length).toBeGreaterThan(0);
  for (const loops of looks) expect(Number(loops)).toBeLessThanOrEqual(101);
});
