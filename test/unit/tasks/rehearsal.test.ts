/** A manual run before any round: a live tournament's agents are rehearsed on its warm-up candles, as far as they are closed. */
import { afterAll, beforeEach, expect, test } from "vitest";
import { WARM_UP_CANDLES } from "../../../src/core/phases.ts";
import { wholeView } from "../../../src/strategies/carried-view.ts";
import type { View } from "../../../src/strategies/strategy.ts";
import { START, type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer } from "../../support/database.ts";
import type { Api } from "../../support/http-app.ts";
import { openEngine } from "../../support/http-engine.ts";
import type { InProcess } from "../../support/in-process.ts";

let api: Api;
let run: InProcess;
let clock: TestClock;
beforeEach(async () => {
  ({ api, run } = await openEngine());
  clock = await testClock(api.db.query);
  return () => api.db.close();
});
afterAll(closeTestServer);

const MINUTE = 60_000;

async function runByHand(tournamentId: string, agentId: string | undefined) {
  const { status, body } = await api.post(`/agents/${agentId}/run?tournament_id=${tournamentId}`);
  expect(status).toBe(202);
  await run.drain(1);
  return (await api.get(`/tasks/${body.task_id}`)).body;
}

/** What the agent of a one-entry tournament is shown. */
function shown(cup: World): () => View | null {
  let view: View | null = null;
  run.answer(cup.entries[0]?.id ?? "", (request) => {
    view = wholeView(request.view);
    return { kind: "choice", choice: { orders: [], reasoning: "seen", confidence: 1 }, recovered: false };
  });
  return () => view;
}
const close = async (cup: World, openAt: number) => {
  const [row] = await api.db.query<{ close: string }>(
    `select close::text from candles where source_id = $1 and symbol = 'BTC-USDT' and open_at = to_timestamp($2::float8 / 1000)`,
    [cup.source, openAt],
  );
  return row?.close;
};
const rehearsed = { state: "SUCCESS", error: null, result: { outcome: "rehearsal", round: null } };

test.each([
  ["a second before round 0", -1000, 1],
  ["within the last interval before it", -299_000, 1],
  ["on an interval's turn", -900_000, 3],
  ["some intervals before it", -100 * 300_000 - 1, 101],
  ["with one candle closed", -(WARM_UP_CANDLES - 1) * 300_000, WARM_UP_CANDLES - 1],
])("a live tournament's agent is rehearsed %s, on the candles that are closed", async (_when, beforeMs, unclosed) => {
  const cup = await world(api.db.query, { entries: 1 });
  const seen = shown(cup);
  await clock.set(START + beforeMs);
  expect(await runByHand(cup.id, cup.entries[0]?.agentId)).toMatchObject(rehearsed);
  expect(seen()?.prices["BTC-USDT"]).toBe(await close(cup, START - (unclosed + 1) * 300_000));
  for (const figure of Object.values(seen()?.indicators["BTC-USDT"] ?? { none: Number.NaN })) {
    expect(figure).toEqual(expect.any(Number));
    expect(Number.isFinite(figure)).toBe(true);
  }
});

test("at its start and before round 0 has opened it sees what round 0 will show", async () => {
  const cup = await world(api.db.query, { entries: 1 });
  const seen = shown(cup);
  await clock.set(START + 500);
  expect(await runByHand(cup.id, cup.entries[0]?.agentId)).toMatchObject(rehearsed);
  const before = seen();
  await run.ports.wakeArena(cup.id);
  await run.drain();
  expect(await runByHand(cup.id, cup.entries[0]?.agentId)).toMatchObject({ result: { outcome: "held", round: 0 } });
  expect({ ...seen(), round: null }).toEqual({ ...before, round: null });
});

test("where no candle is closed yet the run waits for the first one, spending no attempt, and is done then", async () => {
  const cup = await world(api.db.query, { entries: 1 });
  shown(cup);
  const firstClose = START - (WARM_UP_CANDLES - 1) * 300_000;
  await clock.set(firstClose - MINUTE);
  const waits = await runByHand(cup.id, cup.entries[0]?.agentId);
  expect(waits).toMatchObject({ state: "RETRY", attempt: 0, error: null });
  expect((await api.get(`/tasks/${waits.task_id}/history`)).body.items.at(-1).why).toContain(
    new Date(firstClose).toISOString(),
  );
  await clock.set(firstClose);
  await run.ports.send("agents", [{ type: "tasks", task_ids: [waits.task_id] }]);
  await run.drain(1);
  expect((await api.get(`/tasks/${waits.task_id}`)).body).toMatchObject(rehearsed);
});

test("a synthetic tournament that was started by hand ahead of its time makes no candle early", async () => {
  await clock.set(Date.now());
  const agent = await api.agent();
  const cup = await api.tournament({
    interval_seconds: 60,
    starts_at: new Date(clock.now() + 90 * MINUTE).toISOString(),
    ends_at: new Date(clock.now() + 200 * MINUTE).toISOString(),
    agent_ids: [agent],
  });
  expect((await api.post(`/tournaments/${cup.id}/start`)).body).toMatchObject({ status: "live" });
  expect(await runByHand(cup.id, agent)).toMatchObject(rehearsed);
  const [last] = await api.db.query<{ ms: number }>(
    `select max(extract(epoch from c.open_at) * 1000)::float8 as ms from candles c
       join tournaments t on t.candle_source_id = c.source_id where t.id = $1`,
    [cup.id],
  );
  expect(last?.ms).toBeLessThanOrEqual(clock.now() - MINUTE);
});

test("nothing that is asked of a live tournament before round 0 is refused", async () => {
  const agent = await api.agent();
  const cup = await api.tournament({ agent_ids: [agent] });
  await api.post(`/tournaments/${cup.id}/start`);
  const paths = ["", "/leaderboard", "/agents", "/rounds", "/equity", "/decisions", "/positions", "/trades"].map(
    (path) => `/tournaments/${cup.id}${path}`,
  );
  const which = `?tournament_id=${cup.id}`;
  for (const path of ["/stats", "/memory", "/state", "/trades", "/entries"]) paths.push(`/agents/${agent}${path}`);
  for (const path of [...paths, `/prices${which}`, `/trades${which}`]) {
    expect({ path, ...(await api.get(path)) }).toMatchObject({ path, status: 200 });
  }
  for (const path of ["run", "recover"]) {
    expect({ path, ...(await api.post(`/agents/${agent}/${path}`)) }).toMatchObject({ path, status: 202 });
  }
});
