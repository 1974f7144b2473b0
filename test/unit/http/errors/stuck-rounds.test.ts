/** A round that should move and does not shows on /errors, in the health and on its tournament. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { advance } from "../../../../src/rounds/advance.ts";
import {
  count,
  START,
  type TestClock,
  testClock,
  type World,
  type WorldOptions,
  world,
} from "../../../support/builders.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, openApi } from "../../../support/http-app.ts";
import { type InProcess, inProcess } from "../../../support/in-process.ts";

let api: Api;
let clock: TestClock;
let run: InProcess;
beforeEach(async () => {
  api = await openApi();
  clock = await testClock(api.db.query);
  run = inProcess(api.db.query);
});
afterEach(() => api.db.close());
afterAll(closeTestServer);

const MINUTE = 60_000;
/** Three intervals of five minutes. */
const LONG = 15 * MINUTE;

/** Both clocks tick with the test's. */
async function at(ms: number): Promise<void> {
  await clock.set(ms);
  await api.db.query(
    `insert into clocks (name, beat_at) values ('cron', agonus_now()), ('beat', agonus_now())
     on conflict (name) do update set beat_at = excluded.beat_at`,
  );
}
const groups = async (path = "/errors") => (await api.get(path)).body.items as { code: string; rounds: unknown[] }[];
const stuckGroup = async () => (await groups()).find(({ code }) => code === "round.stuck");
const health = async () => {
  const { status, body } = await api.see("/health");
  return { status, health: body.status, stuck: body.stuck_rounds };
};
const since = async (cup: World) => (await api.see(`/tournaments/${cup.id}`)).body.stuck_since;
const iso = (ms: number) => new Date(ms).toISOString();

const buys = { orders: [{ side: "buy", symbol: "BTC-USDT", amount: "50" }], reasoning: "", confidence: 1 };
function decideAll(cup: World): void {
  for (const { id } of cup.entries) run.answer(id, () => ({ kind: "choice", choice: buys, recovered: false }));
  run.queued.push({
    queue: "agents",
    message: { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.map(({ id }) => id) },
  });
}

/** A quoted round that is never filled. */
async function quoted(options: WorldOptions = {}): Promise<World> {
  const cup = await world(api.db.query, { entries: 2, ...options });
  await at(cup.due(0));
  await advance(run.ports, cup.id);
  decideAll(cup);
  await run.drain(1);
  if (options.market !== "replay") await at(cup.due(0) + 150_000);
  await advance(run.ports, cup.id);
  run.queued.length = 0;
  expect(await count(api.db.query, "rounds where state = 'quoted'")).toBe(1);
  return cup;
}

test("a live round that stays quoted is on /errors, in its tournament and in the health, until it moves", async () => {
  const cup = await quoted();
  const movedAt = cup.due(0) + 150_000;
  await at(movedAt + LONG);
  expect(await stuckGroup()).toBeUndefined();
  expect(await since(cup)).toBeNull();
  expect(await health()).toEqual({ status: 200, health: "ok", stuck: [] });
  await at(movedAt + LONG + 1000);
  const [row] = await api.db.query<{ name: string }>(`select name from tournaments`);
  expect(await stuckGroup()).toMatchObject({
    signature: "The round has not moved for three intervals and at least a minute.",
    code: "round.stuck",
    count: 1,
    first_seen: iso(movedAt),
    last_seen: iso(movedAt),
    names: [],
    task_ids: [],
    rounds: [{ tournament_id: cup.id, tournament: row?.name, round: 0, at: iso(movedAt) }],
  });
  expect(await since(cup)).toBe(iso(movedAt));
  expect((await api.see("/tournaments")).body.items[0].stuck_since).toBe(iso(movedAt));
  expect(await health()).toEqual({
    status: 503,
    health: "failing",
    stuck: [{ tournament_id: cup.id, round: 0, since: iso(movedAt) }],
  });
  run.queued.push({
    queue: "trading",
    message: {
      type: "fill",
      tournament_id: cup.id,
      round_id: (await roundId()) ?? "",
      entry_ids: cup.entries.map((e) => e.id),
    },
  });
  await run.drain(3);
  expect(await stuckGroup()).toBeUndefined();
  expect(await health()).toMatchObject({ status: 200, health: "ok" });
});
const roundId = async () => (await api.db.query<{ id: string }>(`select id from rounds where state = 'quoted'`))[0]?.id;

test("a paused queue does not make the health fail, but the stuck round is named", async () => {
  await quoted();
  await at(START + 150_000 + LONG + 1000);
  for (const queue of ["agents", "trading"]) {
    await api.post(`/queues/${queue}/pause`, {});
    expect(await health()).toMatchObject({ status: 200 });
    expect(await stuckGroup()).toMatchObject({ count: 1 });
    await api.post(`/queues/${queue}/resume`, {});
    expect(await health()).toMatchObject({ status: 503 });
  }
  await api.post("/queues/maintenance/pause", {});
  expect(await health()).toMatchObject({ status: 503 });
});

test("a live round that never opens or never closes is stuck", async () => {
  const cup = await world(api.db.query, { entries: 1 });
  await at(cup.due(0) + LONG + 1000);
  expect(await stuckGroup()).toMatchObject({ rounds: [{ round: 0, at: iso(cup.due(0)) }] });
  expect(await health()).toMatchObject({ status: 503 });
  await at(cup.due(0));
  await advance(run.ports, cup.id);
  await at(cup.due(0) + LONG + 1000);
  expect(await stuckGroup()).toMatchObject({ rounds: [{ round: 0, at: iso(cup.due(0)) }] });
});

test("a stuck replay is on /errors after a minute, unless agents decide or think, and the health stays ok", async () => {
  const cup = await world(api.db.query, { market: "replay", entries: 2, intervalSeconds: 1 });
  await at(START);
  await advance(run.ports, cup.id);
  await at(START + MINUTE + 1000);
  expect(await stuckGroup()).toMatchObject({ rounds: [{ round: 0, at: iso(START) }] });
  expect(await health()).toMatchObject({ status: 200, stuck: [] });
  const [first, second] = cup.entries;
  run.queued.length = 0;
  run.queued.push({
    queue: "agents",
    message: { type: "decide", tournament_id: cup.id, entry_ids: [first?.id ?? ""] },
  });
  await run.drain(1);
  expect(await stuckGroup()).toBeUndefined();
  await at(START + 2 * MINUTE + 2000);
  expect(await stuckGroup()).toMatchObject({ count: 1 });
  const { taskId } = await run.ports.enqueue("run_agent_decision", {
    tournament_id: cup.id,
    agent_id: second?.agentId,
  });
  await api.db.query(
    `update tasks set state = 'STARTED', attempt = 1, token = gen_random_uuid(), lease_until = agonus_now() + interval '1 minute',
       started_at = agonus_now() - interval '1 hour', heartbeat_at = agonus_now() - interval '2 seconds' where id = $1`,
    [taskId],
  );
  expect(await count(api.db.query, "task_keys")).toBe(1);
  expect(await stuckGroup()).toBeUndefined();
});

test("an upcoming, paused or ended tournament is not stuck", async () => {
  await world(api.db.query, { status: "upcoming" });
  const paused = await world(api.db.query, { entries: 1 });
  await at(paused.due(0));
  await api.post(`/tournaments/${paused.id}/pause`, {});
  const over = await world(api.db.query, { entries: 1 });
  await api.post(`/tournaments/${over.id}/cancel`, {});
  await at(START + 10 * LONG);
  expect(await stuckGroup()).toBeUndefined();
});

test("rounds and replays without usable prices are on /errors for a week, with the reason in every answer", async () => {
  const live = await world(api.db.query, { entries: 1, rounds: 3 });
  const replay = await world(api.db.query, { entries: 1, market: "replay" });
  for (const { source } of [live, replay]) {
    await api.db.query(`delete from candles where source_id = $1 and open_at < to_timestamp($2::float8 / 1000)`, [
      source,
      START,
    ]);
  }
  await at(START);
  for (const { id } of [live, replay]) await advance(run.ports, id);
  const found = (await groups()).find(({ code }) => code === "market.unusable");
  expect(found).toMatchObject({ count: 2, task_ids: [], first_seen: iso(START), last_seen: iso(START) });
  expect(found?.rounds).toContainEqual(expect.objectContaining({ tournament_id: live.id, round: 0 }));
  expect(found?.rounds).toContainEqual(expect.objectContaining({ tournament_id: replay.id, round: null }));
  expect((await api.see(`/tournaments/${replay.id}`)).body).toMatchObject({
    status: "cancelled",
    ended_reason: "market.unusable",
  });
  expect((await api.see(`/tournaments/${live.id}`)).body).toMatchObject({ status: "live", ended_reason: null });
  expect((await api.see(`/tournaments/${live.id}/rounds`)).body.items[0]).toMatchObject({
    skip_reason: "market.unusable",
  });
  expect((await api.see(`/tournaments/${live.id}/rounds/0`)).body).toMatchObject({ skip_reason: "market.unusable" });
  expect(await groups(`/errors?since=${encodeURIComponent(iso(START + 1))}`)).toEqual([]);
  expect(await groups("/errors?name=run_bulk_job")).toEqual([]);
  await api.db.query(`update tournaments set status = 'cancelled'`);
  await at(START + 169 * 60 * MINUTE);
  expect(await groups()).toEqual([]);
});
