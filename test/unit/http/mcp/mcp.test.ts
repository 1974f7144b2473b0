/** The MCP door, met by the clients of both generations of its SDK as they come. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { agonusRound } from "../../../../src/api/round.ts";
import { buys, type DoorScene, doorScene, holds, type Player } from "../../../support/doors.ts";
import { NOWHERE } from "../../../support/http-app.ts";
import { connectMcp, type Generation, generations, type McpClient } from "../../../support/mcp.ts";

const ROUNDS = 6;
let scene: DoorScene;
beforeAll(async () => {
  scene = await doorScene({ rounds: ROUNDS, entries: 4 });
});
afterAll(() => scene.close());

const URL_OF_TESTS = "http://agonus.test";
const fetchApp = async (url: string | URL, init?: RequestInit) => scene.api.app.request(String(url), init);
const connect = (generation: Generation, key: string | null) =>
  connectMcp(generation, { url: URL_OF_TESTS, key, fetch: fetchApp });
const playerAt = (n: number): Player => {
  const player = scene.players[n];
  if (!player) throw new Error(`there is no player ${n}`);
  return player;
};

/** A request as it is, for what no SDK sends. */
async function raw(body: unknown, headers: Record<string, string> = {}, key = playerAt(3).key) {
  const answer = await fetchApp(`${URL_OF_TESTS}/mcp`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(key === "" ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  const json = /^data: (.*)$/m.exec(text)?.[1] ?? text;
  return { status: answer.status, headers: answer.headers, body: json.trim() === "" ? null : JSON.parse(json) };
}
const toolCall = (name: string, args: unknown) => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name, arguments: args },
});

test("the tools are those of the contract, and each one tells a model what it does and takes", async () => {
  const client = await connect("SDK 2.x", null);
  const tools = await client.tools();
  expect(tools.map(({ name }) => name)).toEqual([
    "list_tournaments",
    "get_rules",
    "join_tournament",
    "get_round",
    "check_decision",
    "submit_decision",
    "get_portfolio",
    "get_leaderboard",
    "get_log",
  ]);
  for (const { name, description = "", inputSchema, outputSchema } of tools) {
    expect(description.length, name).toBeGreaterThan(40);
    expect(inputSchema, name).toMatchObject({ type: "object", additionalProperties: false });
    for (const [argument, schema] of Object.entries(Object(inputSchema).properties)) {
      expect(Object(schema).description ?? argument, `${name} ${argument}`).toMatch(/\w{3}/);
    }
    expect(outputSchema, name).toMatchObject({ type: "object", properties: { code: {}, detail: {}, errors: {} } });
    for (const union of ["anyOf", "oneOf", "allOf", "required"]) expect(outputSchema, name).not.toHaveProperty(union);
    expect(JSON.stringify(outputSchema), name).not.toContain("prefixItems");
  }
  const submit = tools.find(({ name }) => name === "submit_decision");
  expect(submit?.inputSchema).toMatchObject({
    required: ["round", "orders", "reasoning"],
    properties: {
      orders: { items: { additionalProperties: false, required: ["side", "symbol", "amount"] } },
      memory: { additionalProperties: false },
    },
  });
  await client.close();
});

test.each(generations)("without a key two tools of %s answer, and with a wrong one none", async (generation) => {
  const client = await connect(generation, null);
  const listed = await client.call("list_tournaments", { status: "live" });
  expect(listed).toMatchObject({ isError: false, content: { items: [{ id: scene.cup.id, status: "live" }] } });
  for (const [name, args] of Object.entries({
    join_tournament: { code: "x" },
    get_round: {},
    check_decision: buys(0),
    submit_decision: buys(0),
    get_portfolio: {},
    get_leaderboard: { tournament_id: scene.cup.id },
    get_log: {},
  })) {
    expect(await client.call(name, args), name).toMatchObject({ isError: true, content: { code: "auth.required" } });
  }
  await client.close();
  await expect(
    connect(
      generation,
      playerAt(0).key.replace(/.$/, (c) => (c === "A" ? "B" : "A")),
    ),
  ).rejects.toThrow();
});

test(`each generation of clients plays the ${ROUNDS} rounds of a tournament, waiting for the first`, async () => {
  const clients = await Promise.all(generations.map((generation, n) => connect(generation, playerAt(n).key)));
  const waiting = clients.map((client) => client.call("get_round", { wait: 30 }));
  for (let number = 0; number < ROUNDS; number++) {
    await scene.open(number);
    await Promise.all(clients.map((client, n) => play(client, number, number === 0 ? waiting[n] : undefined)));
  }
  const rows = await scene.api.db.query<{ agent_id: string; door: string; count: number }>(
    `select e.agent_id, x.door, count(*)::int as count from decisions d join entries e on e.id = d.entry_id
     join decision_details x on x.round_id = d.round_id and x.entry_id = d.entry_id group by 1, 2`,
  );
  expect(rows.map(({ door, count }) => [door, count])).toEqual(generations.map(() => ["mcp", ROUNDS]));
  const audited = await scene.api.db.query(
    `select 1 from audit where action like '%mcp%' or action like '%decisions%'`,
  );
  expect(audited).toEqual([]);
  await Promise.all(clients.map((client) => client.close()));
});

/** One round: what is sent twice is stored once. */
async function play(client: McpClient, number: number, awaited?: ReturnType<McpClient["call"]>): Promise<void> {
  const { content: round, text, isError } = await (awaited ?? client.call("get_round"));
  expect(isError, text).toBe(false);
  expect(JSON.parse(text)).toEqual(round);
  expect(agonusRound.parse(round).round.number).toBe(number);
  if (number > 0) return void (await decided(client, holds(number)));
  const body = buys(number, 50);
  const checked = await client.call("check_decision", body);
  expect(checked).toMatchObject({ isError: false, content: { outcome: "made", stored_at: null } });
  await decided(client, body);
  expect(await client.call("submit_decision", body)).toMatchObject({ content: { replayed: true } });
  expect(await client.call("submit_decision", holds(0))).toMatchObject({
    isError: true,
    content: { code: "decision.exists", stored: { round: 0, outcome: "made" } },
  });
  expect(await client.call("get_round")).toMatchObject({
    isError: false,
    content: { round: null, retry_after_seconds: expect.any(Number) },
  });
}

async function decided(client: McpClient, body: { readonly round: number }): Promise<void> {
  const answer = await client.call("submit_decision", body);
  expect(answer, answer.text).toMatchObject({ isError: false, content: { round: body.round, replayed: false } });
}

test.each(generations)("what %s reads of its agent is what happened", async (generation) => {
  const client = await connect(generation, playerAt(generations.indexOf(generation)).key);
  const { content: portfolio } = await client.call("get_portfolio");
  expect(portfolio).toMatchObject({ tournament_id: scene.cup.id, positions: [{ symbol: "BTC-USDT" }] });
  expect(Number(portfolio.cash)).toBeLessThan(451);
  expect(Object.keys(portfolio.positions[0]).sort()).toEqual(["cost", "quantity", "symbol", "unrealised", "value"]);
  const { content: board } = await client.call("get_leaderboard", { tournament_id: scene.cup.id });
  expect(board.items).toHaveLength(4);
  const { content: log } = await client.call("get_log", { tournament_id: scene.cup.id });
  expect(log.items[0]).toMatchObject({ round: ROUNDS - 1, answered: { door: "mcp" }, stored: { outcome: "held" } });
  await client.close();
});

test.each<[string, string, unknown, object]>([
  ["a price", "submit_decision", { ...buys(5), price: "1" }, { code: "request.invalid", errors: [{ path: "price" }] }],
  [
    "a price of an order",
    "check_decision",
    { ...buys(5), orders: [{ side: "buy", symbol: "BTC-USDT", amount: "5", price: "1" }] },
    { code: "request.invalid", errors: [{ path: "orders.0.price" }] },
  ],
  [
    "no reasoning",
    "submit_decision",
    { round: 5, orders: [] },
    { code: "request.invalid", errors: [{ path: "reasoning" }] },
  ],
  ["a wait that is too long", "get_round", { wait: 31 }, { code: "request.invalid", errors: [{ path: "wait" }] }],
  ["no arguments where one is needed", "get_rules", undefined, { code: "request.invalid" }],
  ["arguments that are none", "get_log", { limit: 5 }, { code: "request.invalid", errors: [{ path: "limit" }] }],
  ["a round that has closed", "submit_decision", holds(2), { code: "round.late" }],
  ["a round that is not open yet", "submit_decision", holds(400), { code: "round.not_open", round: 5 }],
  [
    "64 KB",
    "submit_decision",
    { ...holds(5), memory: { notes: { a: "x".repeat(66_000) } } },
    { code: "request.too_large" },
  ],
  ["a tournament that is not there", "get_log", { tournament_id: NOWHERE }, { code: "tournament.not_found" }],
])("%s is a refusal with its code, and no protocol error", async (_, name, args, expected) => {
  const { status, body } = await raw(toolCall(name, args));
  expect(status).toBe(200);
  expect(body.result, JSON.stringify(body)).toMatchObject({ isError: true, structuredContent: expected });
  expect(JSON.parse(body.result.content[0].text)).toEqual(body.result.structuredContent);
  expect(body.result.structuredContent.detail).toMatch(/\w/);
});

test("a JSON number that a float would change is refused, as by REST", async () => {
  const body = JSON.stringify(toolCall("check_decision", buys(5, 0.5))).replace(":0.5", ":0.1000000000000000055");
  const { body: answer } = await raw(body);
  expect(answer.result.structuredContent).toMatchObject({
    code: "request.invalid",
    errors: [{ path: "orders.0.amount", message: expect.stringContaining("loses digits") }],
  });
});

test("a key that is no agent's reads what is public and acts for nobody", async () => {
  const { body: viewer } = await scene.api.post("/keys", { role: "viewer", name: "V" });
  const as = (name: string, args: unknown) => raw(toolCall(name, args), {}, viewer.key);
  const board = await as("get_leaderboard", { tournament_id: scene.cup.id });
  expect(board.body.result.structuredContent.items).toHaveLength(4);
  for (const name of ["get_round", "get_log", "get_portfolio", "get_leaderboard"]) {
    const { body } = await as(name, {});
    expect(body.result.structuredContent, name).toMatchObject({ code: "auth.forbidden", needed_roles: ["agent"] });
  }
});

test("an agent joins by an invite's code, and a code that is none is refused", async () => {
  const { id } = await scene.api.tournament();
  const { body: invite } = await scene.api.post(`/tournaments/${id}/invites`, {});
  const agent = await scene.api.agent({ strategy_type: undefined, kind: "outside" });
  const { body: made } = await scene.api.post("/keys", { role: "agent", name: "Bot", agent_id: agent });
  const join = (code: string) => raw(toolCall("join_tournament", { code }), {}, made.key);
  const joined = await join(invite.code);
  expect(joined.body.result, JSON.stringify(joined.body)).toMatchObject({
    structuredContent: { agent_id: agent, tournament_id: id },
  });
  expect((await join("no-code")).body.result).toMatchObject({
    isError: true,
    structuredContent: { code: "invite.unusable" },
  });
});

test("a halted entry is told so, and how it goes on", async () => {
  await scene.api.db.query("update entries set halted_at = agonus_now() where id = $1", [playerAt(3).entryId]);
  const { body } = await raw(toolCall("get_round", { wait: 5 }));
  expect(body.result).toMatchObject({ isError: true, structuredContent: { code: "agent.halted" } });
  await scene.api.db.query("update entries set halted_at = null where id = $1", [playerAt(3).entryId]);
});

test("requests that are none of the protocol's get its errors, and nobody's stream stays open", async () => {
  expect(await raw("{")).toMatchObject({ status: 400, body: { error: { code: -32700 } } });
  expect((await raw(toolCall("sell_everything", {}))).body.error.code).toBe(-32602);
  const modern = {
    jsonrpc: "2.0",
    id: 1,
    method: "subscriptions/listen",
    params: {
      notifications: { toolsListChanged: true },
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "x", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  };
  const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "subscriptions/listen" };
  expect(await raw(modern, headers)).toMatchObject({ status: 200, body: { params: { notifications: {} } } });
});

test("pages of other sites, large bodies of strangers and other methods are refused before a tool runs", async () => {
  const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  expect(await raw(list, { origin: "https://evil.example" })).toMatchObject({
    status: 403,
    body: { code: "auth.cross_site" },
  });
  expect(await raw(list, { origin: URL_OF_TESTS })).toMatchObject({ status: 200 });
  expect(await raw(JSON.stringify(list) + " ".repeat(70_000), {}, "")).toMatchObject({ status: 413 });
  expect(await raw(list, {}, "")).toMatchObject({ status: 200 });
  expect(await raw(list, {}, "agonus_agent_wrong")).toMatchObject({ status: 401, body: { code: "auth.wrong_key" } });
  for (const method of ["GET", "DELETE"]) {
    expect((await scene.api.app.request("/mcp", { method })).status, method).toBe(405);
  }
});
