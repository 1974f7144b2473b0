/** Language models, agents from outside and the house in one tournament: every fault of a provider, a kill, and its cassette. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type ApiClient, apiClient } from "../../src/cli/api-client.ts";
import { readCassette } from "../../src/cli/cassette/file.ts";
import { playCassette } from "../../src/cli/cassette/play.ts";
import { recordCassette } from "../../src/cli/cassette/record.ts";
import { readResult } from "../../src/cli/tournament/result.ts";
import { type ModelVariables, type Stack, startStack } from "../../src/local/stack.ts";
import { candleReplay } from "../support/candles/replay.ts";
import { makeFolder, removeFolder } from "../support/e2e/data-folder.ts";
import { killRuntime } from "../support/e2e/kill-runtime.ts";
import { eventually } from "../support/e2e/live-stack.ts";
import { bots, runBot } from "../support/e2e/outside-players.ts";
import { recordedOf } from "../support/e2e/recorded.ts";
import { tradeBy } from "../support/models/fixed-model.ts";
import { modelFaults } from "../support/models/model-faults.ts";
import {
  calls,
  decides,
  hold,
  type Reply,
  type ScriptedModel,
  scriptedModel,
} from "../support/models/scripted-model.ts";
import { syntheticReplay } from "../support/synthetic-replay.ts";

const ROUNDS = 50;
/** One fault a round, from round 0 on; then a stall that lasts longer than the model has. */
const faults = [...Object.values(modelFaults).map(({ replies }) => replies), [{ kind: "stall" }] satisfies Reply[]];
const KILL_ROUND = ROUNDS - 3;
const candles = process.env.AGONUS_CANDLES;
if (candles === undefined)
  console.log("Models play on the synthetic market. Set AGONUS_CANDLES to a folder of real candles.");

let folder = "";
let model: ScriptedModel;
beforeAll(async () => {
  folder = makeFolder();
  model = await scriptedModel();
});
afterAll(async () => {
  await model.close();
  expect(await removeFolder(folder)).toBe(0);
});

const made = z.looseObject({ id: z.string() });
const anything = z.unknown();

async function onStack<T>(models: ModelVariables["variables"], work: (stack: Stack, api: ApiClient) => Promise<T>) {
  const dataDir = join(folder, "data");
  const stack = await startStack({ dataDir, fsync: false, logLevel: "warn", models: { variables: models, keys: {} } });
  try {
    return await work(stack, apiClient(stack.url, stack.operatorKey, new AbortController().signal));
  } finally {
    await stack.stop();
  }
}

/** Plays the tournament to its end. Answers its id and hash. */
async function play(stack: Stack, api: ApiClient, tournament: object, keys: readonly string[]) {
  const { id } = await api.post("/tournaments", tournament, made);
  const playing = keys.map((key) => runBot(bots.TypeScript ?? [], { url: stack.url, key }));
  await api.post(`/tournaments/${id}/start`, {}, anything);
  // Agents from outside answer for themselves: a cassette holds what models said, and nothing of theirs.
  const every = Array.from({ length: ROUNDS }, (_, n) => n);
  expect(await Promise.all(playing)).toEqual(keys.map(() => every));
  const status = z.looseObject({ status: z.string() });
  await eventually("the end", async () => (await api.get(`/tournaments/${id}`, status)).status === "completed");
  const { hash, ledger } = await readResult(api, stack.query, id);
  expect(ledger.ok).toBe(true);
  return { id, hash };
}

async function enter(api: ApiClient): Promise<{ ids: string[]; keys: string[] }> {
  const ids: string[] = [];
  const keys: string[] = [];
  // A fault's order is never refused, as its decision would go back to the model once more.
  const limits = { risk_score: 1, max_position_share: 1, cash_reserve_share: 0, max_trades_per_round: 9 };
  for (const [name, seconds] of [
    ["Faulty", 5],
    ["Trader", 120],
  ] as const) {
    const llm = { base_url: model.url, model: name, instructions: `You are ${name}.`, timeout_seconds: seconds };
    ids.push((await api.post("/agents", { name, kind: "llm", config: { llm, limits } }, made)).id);
  }
  for (const name of ["Caller", "Other caller"]) {
    const { id } = await api.post("/agents", { name, kind: "outside" }, made);
    const key = z.looseObject({ key: z.string() });
    keys.push((await api.post("/keys", { role: "agent", name, agent_id: id }, key)).key);
    ids.push(id);
  }
  for (const strategy_type of ["momentum", "conservative"])
    ids.push((await api.post("/agents", { name: strategy_type, strategy_type }, made)).id);
  return { ids, keys };
}

/** How many requests came from each model in each round. */
function scripted(kill: () => void): ReadonlyMap<string, number> {
  const seen = new Map<string, number>();
  model.script((request) => {
    const round = Number(/"round":\{"number":(\d+)/.exec(String(request.messages[1]?.content))?.[1]);
    const place = `${request.model} ${round}`;
    const n = seen.get(place) ?? 0;
    seen.set(place, n + 1);
    if (request.model === "Faulty")
      return faults[round]?.[n] ?? decides(round < faults.length ? hold : tradeBy(request));
    const hasAsked = request.messages.some(({ role }) => role === "tool");
    if (!hasAsked) return calls("get_portfolio", {});
    if (round !== KILL_ROUND || n !== 1) return decides(tradeBy(request));
    kill();
    return { kind: "stall" };
  });
  return seen;
}

test(`two models, two agents from outside and the house play ${ROUNDS} rounds with every fault, and the cassette plays them to the same hash`, async () => {
  const path = join(folder, "models.jsonl");
  const first = await onStack({ LLM_LOOPBACK: "true" }, async (stack, api) => {
    const { ids, keys } = await enter(api);
    const { query } = stack;
    const body = await (candles === undefined
      ? syntheticReplay(query, ROUNDS, ids)
      : candleReplay(query, candles, ROUNDS, ids));
    const killed = Promise.withResolvers<void>();
    const seen = scripted(() => killRuntime(join(folder, "data"), stack.url).then(killed.resolve, killed.reject));
    const { id, hash } = await play(stack, api, body, keys);
    await killed.promise;
    for (const entry of await recordedOf(query, id)) expect(entry).toMatchObject({ decided: ROUNDS, missed: [] });
    for (const [round, replies] of faults.entries())
      expect(seen.get(`Faulty ${round}`), `round ${round}`).toBeGreaterThanOrEqual(replies.length);
    // The step that was answered before the kill is not sent again.
    expect(seen.get(`Trader ${KILL_ROUND}`)).toBe(3);
    const [twice] = await query<{ n: number }>(
      `select count(*)::int as n from (select from model_steps where state = 'answered'
       group by round_id, entry_id, request_hash having count(*) > 1) x`,
    );
    expect(twice?.n).toBe(0);
    const { name } = z.object({ name: z.string() }).parse(body);
    expect(await recordCassette(query, id, name, path)).toBeGreaterThan(2 * ROUNDS);
    return { hash, body, keys };
  });

  const cassette = await readCassette(path);
  if (typeof cassette === "string") throw new Error(cassette);
  const player = await playCassette(cassette);
  const asked = model.received.length;
  const again = await onStack({ LLM_CASSETTE_URL: player.url }, (stack, api) =>
    play(stack, api, first.body, first.keys),
  );
  await player.close();
  expect(player.missed.aborted, String(player.missed.reason)).toBe(false);
  expect(again.hash).toBe(first.hash);
  expect(model.received).toHaveLength(asked);
});
