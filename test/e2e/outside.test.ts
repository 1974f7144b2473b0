/** Agents from outside, each by its door, on a running stack: a tournament with every fault, and clients that vanish. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stack, startStack } from "../../src/local/stack.ts";
import { candleReplay } from "../support/candles/replay.ts";
import { makeFolder, removeFolder, withDatabase } from "../support/e2e/data-folder.ts";
import { killRuntime } from "../support/e2e/kill-runtime.ts";
import { eventually, ask as operatorAsks } from "../support/e2e/live-stack.ts";
import { MISSED_ROUND, playFaultily, startFaultyEndpoint } from "../support/e2e/outside-faults.ts";
import { bots, configured, HOUR_AHEAD, playToTheEnd, runBot, startReceiver } from "../support/e2e/outside-players.ts";
import { rawCall } from "../support/e2e/raw-call.ts";
import { recordedOf } from "../support/e2e/recorded.ts";
import { connectMcp, generations } from "../support/mcp.ts";
import { syntheticReplay } from "../support/synthetic-replay.ts";

let folder = "";
let data = "";
let stack: Stack;
beforeAll(async () => {
  folder = makeFolder();
  data = join(folder, "data");
  stack = await startStack({ dataDir: data, fsync: false, logLevel: "warn", webhookLoopback: true });
});
afterAll(async () => {
  await stack?.stop();
  await removeFolder(folder);
});
const raw = (bytes: string, hangUpMs: number) => rawCall(stack.port, bytes, hangUpMs);

const ROUNDS = 50;
/** How long a round waits, in real time. Only the round that is missed takes all of it. */
const ANSWER_SECONDS = 20;
const VANISH_ROUND = 18;
const KILL_ROUND = 22;
const candles = process.env.AGONUS_CANDLES;
if (candles === undefined)
  console.log("Played on the synthetic market. Set AGONUS_CANDLES to a folder of real candles.");
if (bots.Python === undefined) console.log("Skipped: the bot in Python. There is no python3.");

test(`house agents, both bots, a webhook, each generation of MCP clients and an agent with every fault play ${ROUNDS} rounds, each of them once`, async () => {
  const outside = [...generations, ...Object.keys(bots), "Faulty"];
  const agents = await outsideAgents(outside, ROUNDS);
  const keyOf = (name: string) => agents.get(name)?.key ?? "";
  const seatOf = (name: string) => ({ url: stack.url, key: keyOf(name) });
  const receivers = { right: "", clockOff: "" };
  const endpoint = await startFaultyEndpoint(() => receivers);
  const hooked = await api("POST", "/agents", {
    name: `Webhook ${ROUNDS}`,
    kind: "webhook",
    webhook_url: endpoint.url,
  });
  const right = await startReceiver(hooked.webhook_secret);
  const clockOff = await startReceiver(hooked.webhook_secret, ["--import", HOUR_AHEAD]);
  Object.assign(receivers, { right: right.url, clockOff: clockOff.url });
  const house = ["momentum", "conservative"];
  const ids = [...agents.values()].map(({ id }) => id).concat(hooked.id);
  for (const strategy_type of house)
    ids.push((await api("POST", "/agents", { name: `${strategy_type} ${ROUNDS}`, strategy_type })).id);
  const rules = { answer_seconds: ANSWER_SECONDS };
  const replay = await withDatabase(data, (query) =>
    candles === undefined
      ? syntheticReplay(query, ROUNDS, ids, rules)
      : candleReplay(query, candles, ROUNDS, ids, rules),
  );
  const { id: tournamentId } = await api("POST", "/tournaments", replay);

  const clients = await Promise.all(generations.map((name) => connectMcp(name, configured(seatOf(name)))));
  const playing = [
    ...clients.map(playToTheEnd),
    ...Object.entries(bots).map(([name, program]) => runBot(program, seatOf(name))),
    playFaultily({
      ...seatOf("Faulty"),
      agentId: agents.get("Faulty")?.id ?? "",
      tournamentId,
      foreignKey: keyOf("SDK 2.x"),
      changeKey: () => changeKey(agents.get("Faulty")),
      halfABody: (key, decision) => halfABody(`/agents/${agents.get("Faulty")?.id}/decisions`, key, decision),
      events: {
        [VANISH_ROUND]: async () => void (await vanish(keyOf("SDK 1.x"), 30, 300)),
        [KILL_ROUND]: () => killWorkerd(tournamentId, KILL_ROUND, ids.length - 1),
      },
    }),
  ];
  await api("POST", `/tournaments/${tournamentId}/start`);
  const every = Array.from({ length: ROUNDS }, (_, n) => n);
  const allBut = every.filter((round) => round !== MISSED_ROUND);
  expect(await Promise.all(playing)).toEqual(outside.map((name) => (name === "Faulty" ? allBut : every)));
  await Promise.all([...clients.map((client) => client.close()), right.stop(), clockOff.stop(), endpoint.close()]);

  const missed = (reason: string) => ({ decided: ROUNDS - 1, missed: [[MISSED_ROUND, reason]] });
  expect(await recorded(tournamentId)).toEqual({
    ...Object.fromEntries(house.map((name) => [name, { door: null, decided: ROUNDS, missed: [] }])),
    ...Object.fromEntries(generations.map((name) => [name, { door: "mcp", decided: ROUNDS, missed: [] }])),
    ...Object.fromEntries(Object.keys(bots).map((name) => [name, { door: "rest", decided: ROUNDS, missed: [] }])),
    Faulty: { door: "rest", ...missed("round.no_answer") },
    Webhook: { door: "webhook", ...missed("webhook.timeout") },
  });
  // Each author's log explains every round, with an agent's own key.
  for (const [id, key, reason] of [
    [agents.get("Faulty")?.id, await changeKey(agents.get("Faulty")), "round.no_answer"],
    [hooked.id, hooked.key, "webhook.timeout"],
  ]) {
    const log = await api("GET", `/agents/${id}/log?tournament_id=${tournamentId}&limit=100`, undefined, key);
    const told = log.items.map(({ round, stored, reason }: Record<string, unknown>) => [
      round,
      stored !== null,
      reason,
    ]);
    expect(told).toEqual(every.map((n) => [n, n !== MISSED_ROUND, n === MISSED_ROUND ? reason : null]).reverse());
  }
});

async function api(method: string, path: string, body?: unknown, key = stack.operatorKey) {
  const ready = { url: stack.url, operator_key: stack.operatorKey, tournament_id: "" };
  const answer = await operatorAsks(ready, method, path, { body, key });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}

interface OutsideAgent {
  readonly id: string;
  key: string;
  keyId: string;
}

/** An agent from outside for each name, with its key. */
async function outsideAgents(names: readonly string[], rounds: number): Promise<Map<string, OutsideAgent>> {
  const agents = new Map<string, OutsideAgent>();
  for (const name of names) {
    const { id } = await api("POST", "/agents", { name: `${name} ${rounds}`, kind: "outside" });
    const { key, key_id: keyId } = await api("POST", "/keys", { role: "agent", name, agent_id: id });
    agents.set(name, { id, key, keyId });
  }
  return agents;
}

/** A new key in place of the old one, which is revoked. */
async function changeKey(agent: OutsideAgent | undefined): Promise<string> {
  if (!agent) throw new Error("no such agent");
  const made = await api("POST", "/keys", { role: "agent", name: "The next", agent_id: agent.id });
  await api("DELETE", `/keys/${agent.keyId}`);
  Object.assign(agent, { key: made.key, keyId: made.key_id });
  return agent.key;
}

async function halfABody(path: string, key: string, decision: object): Promise<void> {
  const body = JSON.stringify(decision);
  const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n`;
  await raw(`${head}Content-Length: ${body.length}\r\n\r\n${body.slice(0, body.length / 2)}`, 300);
}

/** A client of MCP that hangs up while it waits for a round. */
function vanish(key: string, wait: number, hangUpMs: number): Promise<string | null> {
  const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "get_round", arguments: { wait } } };
  const body = JSON.stringify(call);
  const headers = [
    `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n`,
    `Accept: application/json, text/event-stream\r\nContent-Length: ${body.length}\r\n\r\n`,
  ];
  return raw(`${headers.join("")}${body}`, hangUpMs);
}

/** Kills the runtime, and with it the Arena and all who wait, when `others` have decided in the round. Returns when it runs again. */
async function killWorkerd(tournamentId: string, round: number, others: number): Promise<void> {
  await eventually("the others wait for the next round", () =>
    withDatabase(data, async (query) => {
      const [row] = await query<{ n: number }>(
        "select count(*)::int as n from decisions d join rounds r on r.id = d.round_id where r.tournament_id = $1 and r.number = $2",
        [tournamentId, round],
      );
      return row?.n === others;
    }),
  );
  await killRuntime(data, stack.url);
}

/** What is recorded of each entry: by which doors it decided how often, and which rounds it missed for which reasons. */
async function recorded(tournamentId: string): Promise<Record<string, object>> {
  await eventually("the ledger's verdict", async () => {
    const { result } = await api("GET", `/tournaments/${tournamentId}`);
    return result?.verdict === "exact";
  });
  const rows = await withDatabase(data, (query) => recordedOf(query, tournamentId));
  return Object.fromEntries(rows.map(({ agent, ...row }) => [agent.replace(/ \d+$/, ""), row]));
}

test("MCP clients that vanish while they wait pin nothing: their agent waits again, decides, and nothing is stored for them", async () => {
  const agents = await outsideAgents(["Vanishing"], 2);
  const { id = "", key = "" } = agents.get("Vanishing") ?? {};
  const tournament = await withDatabase(data, (query) => syntheticReplay(query, 2, [id]));
  const { id: tournamentId } = await api("POST", "/tournaments", tournament);
  const hangUp = () => vanish(key, 4, 1000);
  await Promise.all([hangUp(), hangUp(), hangUp()]);
  const client = await connectMcp("SDK 2.x", { url: stack.url, key });
  const waits = await client.call("get_round", { wait: 1 });
  // The two that the agent may hold count until their own end.
  expect(waits).toMatchObject({ isError: true, content: { code: "agent.too_many_waits", retry_after_seconds: 5 } });
  await eventually("the waits have ended", async () => !(await client.call("get_round", { wait: 1 })).isError, 20);
  const played = playToTheEnd(client);
  await api("POST", `/tournaments/${tournamentId}/start`);
  expect(await played).toEqual([0, 1]);
  await client.close();
});
