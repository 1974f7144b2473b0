/** GET /skill.md and GET /tournaments/{id}/rules: what a stranger plays by. */
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { tournamentRules } from "../../../../src/api/tournament-rules.ts";
import { errorCodes } from "../../../../src/core/error-codes.ts";
import { advance } from "../../../../src/rounds/advance.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type DoorScene, doorScene } from "../../../support/doors.ts";

let scene: DoorScene;
beforeEach(async () => {
  scene = await doorScene();
});
afterEach(() => scene.close());
afterAll(closeTestServer);

test("the rules are data, whole and true", async () => {
  const { status, body } = await scene.api.see(`/tournaments/${scene.cup.id}/rules`);
  expect(status).toBe(200);
  const rules = tournamentRules.strict().parse(body);
  expect(rules).toMatchObject({
    tournament_id: scene.cup.id,
    symbols: ["BTC-USDT", "ETH-USDT"],
    quote: "USDT",
    interval_seconds: 300,
    rounds: 12,
    deadline_seconds: 150,
    fees: { fee_bps: "10", half_spread_bps: "2", slippage_bps: "3" },
    limits: { risk_score: "0.5", max_trades_per_round: 2 },
    qualified_only: false,
  });
  const codes = rules.refusals.map(({ code }) => code);
  expect(codes).toEqual(Object.keys(errorCodes).filter((code) => code.startsWith("trading.")));
  const { rules_hash } = (await scene.api.see(`/tournaments/${scene.cup.id}`)).body;
  expect(rules.rules_hash).toBe(rules_hash);
});

test("a replay's deadline is its rule answer_seconds", async () => {
  await scene.close();
  scene = await doorScene({ market: "replay" });
  const seconds = async () => (await scene.api.see(`/tournaments/${scene.cup.id}/rules`)).body.deadline_seconds;
  expect(await seconds()).toBe(60);
  await scene.api.db.query(`update tournaments set rules = rules || '{"answer_seconds": 7}'`);
  expect(await seconds()).toBe(7);
});

test("the page names every field of the schemas, the codes, and the address by which it was asked for", async () => {
  const answer = await scene.api.app.request("https://play.example.com/skill.md");
  const page = await answer.text();
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/markdown; charset=utf-8"]);
  expect(page).toContain("BASE=https://play.example.com\n");
  for (const line of [
    "- `code` (string)",
    '- `kind` ("outside" or "webhook")',
    "- `round` (string or number): The number of the round that you decide for.",
    '- `orders[].side` ("buy" or "sell")',
    "- `memory.notes` (object): Any JSON of at most 8 KB. You get it back with the next round.",
    "- `market.KEY.price` (string)",
    "- `round.seconds_left` (number)",
    "- `stored_at` (string or null)",
  ]) {
    expect(page).toContain(line);
  }
  for (const code of Object.keys(errorCodes).filter((each) => each.startsWith("trading."))) {
    expect(page).toContain(`\`${code}\``);
  }
});

/** The commands of a page's blocks, in their order. */
const commandsOf = (page: string) => [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, text = ""]) => text);

test("a stranger with the page and a code has a decision stored, with the page's own commands", async () => {
  const { app, db } = scene.api;
  const server = createServer(async (asked, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of asked) chunks.push(chunk);
    const headers = Object.entries(asked.headers).map(([name, value]): [string, string] => [name, String(value)]);
    const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
    const url = `http://${asked.headers.host}${asked.url}`;
    const given = await app.request(url, { method: asked.method ?? "GET", headers, ...body });
    answer.writeHead(given.status, Object.fromEntries(given.headers));
    answer.end(Buffer.from(await given.arrayBuffer()));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const base = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  const sh = async (script: string) => (await promisify(execFile)("bash", ["-ec", script])).stdout;
  try {
    const { body: invite } = await scene.api.post(`/tournaments/${scene.cup.id}/invites`);
    const [joining = "", , , waiting = "", deciding = "", looking = ""] = commandsOf(
      await sh(`curl -s ${base}/skill.md`),
    );
    const joined = JSON.parse(await sh(joining.replace("CODE", invite.code).replace("NAME", "A stranger")));
    const known = `BASE=${base} AGENT=${joined.agent_id} TOURNAMENT=${joined.tournament_id} KEY=${joined.key}\n`;
    await scene.open(0);
    await advance(scene.run.ports, scene.cup.id);
    const { round, market } = JSON.parse(await sh(known + waiting));
    expect(Object.keys(market)).toContain("BTC-USDT");
    const stored = JSON.parse(await sh(known + deciding.replace('"round": 0', `"round": ${round.number}`)));
    expect(stored).toMatchObject({ round: 0, outcome: "made", orders: [{ state: "accepted" }], replayed: false });
    expect(await sh(known + looking)).toContain("It looks cheap.");
    const [row] = await db.query(
      "select count(*) as n from decisions d join entries e on e.id = d.entry_id where e.agent_id = $1",
      [joined.agent_id],
    );
    expect(row).toEqual({ n: 1 });
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});
