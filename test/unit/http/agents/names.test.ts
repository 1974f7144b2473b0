/** Names: without invisible characters, and no two in a tournament that look alike. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAgents } from "../../../../src/cli/agents-file.ts";
import { joinEntries } from "../../../../src/rounds/join.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type HttpEngine, openEngine } from "../../../support/http-engine.ts";

let engine: HttpEngine;
let api: HttpEngine["api"];
beforeAll(async () => {
  engine = await openEngine();
  api = engine.api;
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const CYRILLIC_A = "\u0410";

test.each([
  ["a zero-width space", "Al\u200bice"],
  ["a zero-width joiner", "Al\u200dice"],
  ["a byte-order mark", "Al\ufeffice"],
  ["a soft hyphen", "Al\u00adice"],
  ["a right-to-left override", "Al\u202eice"],
  ["an isolate", "Al\u2066ice"],
  ["a variation selector", "Alice\ufe0f!"],
  ["a Hangul filler", "Al\u3164ice"],
  ["a braille blank", "Al\u2800ice"],
  ["a note without a head", "Al\u{1d159}ice"],
  ["a Khitan filler", "Al\u{16fe4}ice"],
  ["a place of an object", "Al\ufffcice"],
  ["a line separator", "Al\u2028ice"],
  ["a private character", "Al\ue000ice"],
  ["a tag", "Al\u{e0041}ice"],
  ["a control character", "Al\u0007ice"],
])("%s is refused in every name", async (_, name) => {
  const agent = await api.agent();
  const cup = await api.tournament();
  const answers = [
    await api.post("/agents", { name, strategy_type: "momentum" }),
    await api.post("/agents", { name: "Alice", owner: name, strategy_type: "momentum" }),
    await api.patch(`/agents/${agent}`, { name }),
    await api.post("/tournaments", { ...cup, name }),
    await api.patch(`/tournaments/${cup.id}`, { name }),
  ];
  for (const { status, body } of answers) {
    expect(status).toBe(422);
    expect(JSON.stringify(body.errors)).toMatch(/invisible|control characters/);
  }
});

test.each([
  ["a mark that stands twice on one letter", "Jose\u0301\u0301"],
  ["one that stands there twice once it is taken apart", "Jos\u00e9\u0301"],
  ["a tower of marks", "Jose\u0300\u0301\u0302\u0303\u0304"],
])("%s is refused in a name", async (_, name) => {
  const { status, body } = await api.post("/agents", { name, strategy_type: "momentum" });
  expect([status, body.errors[0].message]).toEqual([
    422,
    "must not have more than 4 marks on a letter, or one of them twice",
  ]);
});

test.each(["!!!", "\u2014", "( )"])("%j has no letter and no digit, and is no name", async (name) => {
  const { status, body } = await api.post("/agents", { name, strategy_type: "momentum" });
  expect([status, body.errors[0].message]).toEqual([422, "must contain a letter or a digit"]);
});

test.each([
  "Buy and hold BTC (baseline)",
  "7",
  "\u9f8d",
  "Jos\u00e9 & S\u00f8n \u{1f680}",
  "O'Neill-2.0",
  "Ti\u1ebfng Vi\u1ec7t",
  "\u0e17\u0e35\u0e48",
])("%j is a name", async (name) => {
  expect((await api.post("/agents", { name, strategy_type: "momentum" })).status).toBe(201);
});

test("an agent's personality has lines, and turns no text around", async () => {
  const body = (personality: string) => ({ name: "Alice", strategy_type: "momentum", personality });
  expect((await api.post("/agents", body("Calm.\n\tLikes \u{1f469}\u200d\u{1f52c}."))).status).toBe(201);
  expect((await api.post("/agents", body("Calm \u202edna"))).status).toBe(422);
  expect((await api.post("/agents", body("Calm\u0000"))).status).not.toBe(201);
});

test("two agents of a new tournament whose names look alike are refused, and both are named", async () => {
  const ids = [await api.agent({ name: "Alice" }), await api.agent({ name: `${CYRILLIC_A}lice` })];
  for (const dry of ["", "?dry_run=true"]) {
    const answer = await api.post(`/tournaments${dry}`, { ...(await body()), agent_ids: ids });
    expect(answer).toMatchObject({
      status: 409,
      body: {
        code: "agent.name_taken",
        detail: `The names ${CYRILLIC_A}lice and Alice look alike.`,
        errors: [{ path: "agent_ids.1", message: "has a name that looks like that of agent_ids.0" }],
      },
    });
  }
});

async function body() {
  const { name, market, symbols, starts_at, ends_at, interval_seconds } = await api.tournament();
  return { name, market, symbols, starts_at, ends_at, interval_seconds };
}

test("an agent whose name looks like an entry's is refused, and told whose", async () => {
  const alice = await api.agent({ name: "Model AI" });
  const twin = await api.agent({ name: "Model Al" });
  const shout = await api.agent({ name: "MODEL AI" });
  const other = await api.agent({ name: "Model B" });
  const { id } = await api.tournament({ agent_ids: [alice] });
  const begun = await api.post(`/tournaments/${id}/initialize`, { agent_ids: [twin, shout, other, alice] });
  await engine.run.drain();
  const { result } = (await api.get(`/tasks/${begun.body.task_id}`)).body;
  expect(result).toMatchObject({ joined: [other], existing: [alice], clashes: [twin, shout] });
  expect(result.rivals.toSorted((a: { agent: string }, b: { agent: string }) => (a.agent < b.agent ? 1 : -1))).toEqual([
    { agent_id: twin, agent: "Model Al", rival: "Model AI" },
    { agent_id: shout, agent: "MODEL AI", rival: "Model AI" },
  ]);
});

test("one of two look-alike agents in one call joins", async () => {
  const ids = [await api.agent({ name: "Carol" }), await api.agent({ name: "CAROL" })];
  const { id } = await api.tournament();
  const joined = await joinEntries(api.deps, id, ids);
  expect([joined.joined.length, joined.clashes.length, joined.rivals.length]).toEqual([1, 1, 1]);
});

/** Each in its own transaction: the first commits while the second waits. */
async function joinAtOnce(id: string, first: string, second: string): Promise<number> {
  const late = await api.db.session(async (query) => {
    await query("begin");
    await joinEntries({ ...api.deps, query }, id, [first]);
    const waits = joinEntries(api.deps, id, [second]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await query("commit");
    return waits;
  });
  return late.joined.length;
}

test("the database lets one of two look-alike agents join that come concurrently", async () => {
  const ids = [await api.agent({ name: "Dave" }), await api.agent({ name: "DAVE" })] as const;
  const { id } = await api.tournament();
  expect(await joinAtOnce(id, ...ids)).toBe(0);
  // Without the index nothing else would refuse it.
  await api.db.query("alter table entries drop constraint entries_skeleton");
  const { id: unguarded } = await api.tournament();
  expect(await joinAtOnce(unguarded, ...ids)).toBe(1);
  await api.db.query("delete from entries where tournament_id = $1", [unguarded]);
  await api.db.query("alter table entries add constraint entries_skeleton unique (tournament_id, skeleton)");
});

test("an agent that is renamed keeps its name in the tournaments that it has joined", async () => {
  const [erin, frank] = [await api.agent({ name: "Erin" }), await api.agent({ name: "Frank" })];
  const { id } = await api.tournament({ agent_ids: [erin, frank] });
  expect((await api.patch(`/agents/${frank}`, { name: "ERIN" })).status).toBe(200);
  const { items } = (await api.see(`/tournaments/${id}/agents`)).body;
  expect(items.map(({ agent }: { agent: string }) => agent)).toEqual(["Erin", "Frank"]);
  const { id: next } = await api.tournament({ agent_ids: [erin] });
  expect((await joinEntries(api.deps, next, [frank])).rivals).toEqual([
    { agent_id: frank, agent: "ERIN", rival: "Erin" },
  ]);
});

test("a file of agents is checked in the same way", () => {
  const agents = [{ name: "Alice" }, { name: `${CYRILLIC_A}lice` }].map((agent) => ({
    ...agent,
    strategy_type: "value",
  }));
  expect(parseAgents("agents.json", JSON.stringify(agents))).toEqual({
    kind: "bad",
    errors: [`agents.json: 1.name is "${CYRILLIC_A}lice", which looks like 0.name, "Alice"`],
  });
});
