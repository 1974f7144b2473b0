/** GET /recoveries and POST /agents/{id}/recover, on rows that are known. */
import { uuidv7 } from "uuidv7";
import { afterAll, beforeEach, expect, test } from "vitest";
import { burn, metShare } from "../../../src/core/tasks/recovery.ts";
import { START, type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer } from "../../support/database.ts";
import { type Api, openApi } from "../../support/http-app.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";
import { parseOpenMetrics } from "../../support/open-metrics-parser.ts";

let api: Api;
let clock: TestClock;
let engine: InProcess;
beforeEach(async () => {
  api = await openApi({ enqueue: (name, args, options) => engine.ports.enqueue(name, args, options) });
  clock = await testClock(api.db.query, START);
  engine = inProcess(api.db.query);
  return () => api.db.close();
});
afterAll(closeTestServer);

interface Recovery {
  readonly secondsAgo: number;
  /** From detection to the owed decision; null: it never came. */
  readonly took: number | null;
  /** Before the detection. */
  readonly interrupted?: number;
  readonly cause?: string;
  readonly roundId?: string;
  readonly duplicates?: number;
}
const stored = async (cup: World, entry: number, { secondsAgo, took, ...rest }: Recovery) => {
  const { interrupted = null, cause = "stale", roundId = null, duplicates = 0 } = rest;
  const key = uuidv7();
  await api.db.query(
    `insert into recoveries (id, key, tournament_id, entry_id, cause, round_id, detected_at, interrupted_at, restored_at, resumed_at,
       duplicates_prevented)
     select agonus_uuid_of(at, $1), $1, $2, $3, $4, $5, at, at - make_interval(secs => $6), at,
       case when $7::float8 is null then null else at + make_interval(secs => $7) end, $9
     from (select agonus_now() - make_interval(secs => $8) as at) x`,
    [key, cup.id, cup.entries[entry]?.id, cause, roundId ?? uuidv7(), interrupted, took, secondsAgo, duplicates],
  );
};
async function settledRound(cup: World, number: number): Promise<string> {
  const id = uuidv7();
  await api.db.query(
    `insert into rounds (id, tournament_id, number, state, due_at, deadline_at, participants)
     values ($1, $2, $3, 'settled', agonus_now(), agonus_now(), 2)`,
    [id, cup.id, number],
  );
  return id;
}

test("the objective's arithmetic: the share that met it, and the used part of the budget", () => {
  expect([metShare(0, 0), metShare(3, 1), burn(0, 0), burn(100, 0)]).toEqual([null, 0.75, 0, 0]);
  expect([burn(99, 1), burn(199, 1), burn(90, 10), burn(0, 5), burn(9, 1, 0.9)]).toEqual([1, 0.5, 10, 100, 1]);
});

test("the summary has p50, p95 and max of finished recoveries, and how many met the objective", async () => {
  const cup = await world(api.db.query, { entries: 2 });
  await clock.set(START + 40 * 86_400_000);
  const roundId = await settledRound(cup, 0);
  for (let n = 1; n <= 20; n++) await stored(cup, 0, { secondsAgo: 3600, took: n });
  // One that met the objective from its detection but not from its interruption; missed; lost; too young to judge; two days old; ten days old.
  await stored(cup, 0, { secondsAgo: 3600, took: 50, interrupted: 20, cause: "lease" });
  await stored(cup, 0, { secondsAgo: 3600, took: 61, interrupted: 20, cause: "lease" });
  await stored(cup, 1, { secondsAgo: 3600, took: null, roundId, duplicates: 2 });
  await stored(cup, 1, { secondsAgo: 30, took: null });
  await stored(cup, 0, { secondsAgo: 2 * 86_400, took: 1 });
  await stored(cup, 0, { secondsAgo: 10 * 86_400, took: 1000 });
  const since = new Date(clock.now() - 7200_000).toISOString();
  const { status, body } = await api.get(`/recoveries?since=${since}`);
  expect([status, body.items.length]).toEqual([200, 24]);
  expect(body.summary).toEqual({
    recoveries: 24,
    unfinished: 1,
    decisions_lost: 1,
    decisions_missed_by_own: 0,
    decisions_missed_by_operator: 0,
    duplicates_prevented: 2,
    seconds: { p50: 11, p95: 50, max: 61 },
    since_interruption: { p50: 70, p95: 81, max: 81 },
    objective: {
      seconds: 60,
      target: 0.99,
      met: 20,
      missed: 3,
      share: 20 / 23,
      burn: { "24h": burn(20, 3), "7d": burn(21, 3) },
    },
  });
  expect((await api.get("/recoveries?cause=lease")).body.summary).toMatchObject({
    recoveries: 2,
    seconds: { max: 61 },
  });
  expect((await api.get("/recoveries")).body.summary).toMatchObject({ recoveries: 26, seconds: { max: 1000 } });
  const samples = new Map(
    [...parseOpenMetrics((await api.get("/metrics")).body).values()].flatMap((family) => [...family.samples]),
  );
  expect(samples.get('agonus_recovery_budget_burn{window="24h"}')).toBeCloseTo(burn(20, 3), 10);
  expect(samples.get('agonus_recovery_budget_burn{window="7d"}')).toBeCloseTo(burn(21, 3), 10);
  expect(samples.get('agonus_recoveries_total{cause="lease"}')).toBe(2);
});

test("a recovery by hand is listed, and neither meets nor misses the objective", async () => {
  const cup = await world(api.db.query, { entries: 2 });
  await stored(cup, 0, { secondsAgo: 600, took: 1, cause: "operator" });
  await stored(cup, 0, { secondsAgo: 500, took: 300, cause: "operator" });
  expect((await api.get("/recoveries")).body.summary).toMatchObject({
    recoveries: 2,
    objective: { met: 0, missed: 0, share: null, burn: { "24h": 0, "7d": 0 } },
  });
  // A decision that the platform lost meanwhile is lost whoever asked.
  await stored(cup, 1, { secondsAgo: 400, took: null, roundId: await settledRound(cup, 0), cause: "operator" });
  expect((await api.get("/recoveries")).body.summary).toMatchObject({ decisions_lost: 1, objective: { missed: 1 } });
});

test("without a recovery there is nothing to measure and nothing used up", async () => {
  const { body } = await api.get("/recoveries");
  expect(body).toMatchObject({
    items: [],
    next_cursor: null,
    summary: { recoveries: 0, seconds: { p50: null }, objective: { share: null, burn: { "24h": 0, "7d": 0 } } },
  });
});

test("a decision that is no longer owed uses no budget; an owed decision that never came is lost", async () => {
  const cup = await world(api.db.query, { entries: 2 });
  const [closed, skipped] = [await settledRound(cup, 0), await settledRound(cup, 1)];
  await api.db.query(`update rounds set state = 'skipped', skip_reason = 'cancelled' where id = $1`, [skipped]);
  await stored(cup, 0, { secondsAgo: 600, took: null, roundId: skipped });
  expect((await api.get("/recoveries")).body.summary).toMatchObject({ decisions_lost: 0, objective: { missed: 0 } });
  await stored(cup, 0, { secondsAgo: 500, took: null, roundId: closed });
  expect((await api.get("/recoveries")).body).toMatchObject({
    items: [
      { decisions_lost: 1, round: 0, resumed_at: null, seconds: null },
      { decisions_lost: 0, round: 1 },
    ],
    summary: { decisions_lost: 1, objective: { missed: 1 } },
  });
});

test("operators alone list recoveries, newest first, by cursor, tournament, agent, cause and time", async () => {
  const cup = await world(api.db.query, { entries: 2 });
  const other = await world(api.db.query, { entries: 1 });
  for (let n = 0; n < 5; n++)
    await stored(cup, n % 2, { secondsAgo: 100 - n, took: 1, cause: n === 4 ? "alarm" : "stale" });
  await stored(other, 0, { secondsAgo: 1000, took: 1 });
  const list = async (query: string) => (await api.get(`/recoveries?${query}`)).body;
  const first = await list("limit=4");
  const rest = await list(`limit=4&cursor=${first.next_cursor}`);
  const all = [...first.items, ...rest.items];
  expect(all.map(({ detected_at }) => Date.parse(detected_at) - clock.now())).toEqual([
    ...[-96_000, -97_000, -98_000, -99_000, -100_000, -1_000_000],
  ]);
  expect(rest.next_cursor).toBeNull();
  expect(rest.summary).toEqual(first.summary);
  expect((await list(`tournament_id=${other.id}`)).items).toHaveLength(1);
  expect((await list(`agent_id=${cup.entries[1]?.agentId}`)).items).toHaveLength(2);
  expect((await list("cause=alarm")).items).toMatchObject([{ cause: "alarm", agent: cup.entries[0]?.name }]);
  expect((await list(`since=${new Date(clock.now() - 98_000).toISOString()}`)).items).toHaveLength(3);
  expect((await api.get("/recoveries?cause=weather")).status).toBe(422);
  expect((await api.get(`/recoveries?cause=alarm&cursor=${first.next_cursor}`)).status).toBe(422);
  expect((await api.see("/recoveries")).status).toBe(401);
});

test("a recovery by hand is a task whose result says what was restored, from where, what was owed and sent, and how long it took", async () => {
  const cup = await world(api.db.query, { entries: 2 });
  const [entry] = cup.entries;
  await clock.set(cup.due(0));
  await engine.ports.wakeArena(cup.id);
  await api.db.query(`update entries set cash = 120.5, version = 4, trades_count = 7 where id = $1`, [entry?.id]);
  await api.db.query(`insert into positions values ($1, 'BTC-USDT', 1.25)`, [entry?.id]);
  await api.db.query(`insert into memories values ($1, '{"plan": "hold"}', 0)`, [entry?.id]);
  const { status, body } = await api.post(`/agents/${entry?.agentId}/recover`);
  expect([status, body.status]).toEqual([202, "queued"]);
  expect((await api.post(`/agents/${entry?.agentId}/recover`)).body.task_id).toBe(body.task_id);
  await clock.add(1500);
  await engine.drain(1);
  const task = (await api.get(`/tasks/${body.task_id}`)).body;
  expect(task).toMatchObject({
    name: "recover_agent_state",
    state: "SUCCESS",
    result: {
      cause: "operator",
      from_version: 4,
      version: 5,
      recoveries: 1,
      owed_decision: true,
      sent: true,
      round: 0,
      restored: { cash: "120.5", positions: { "BTC-USDT": "1.25" }, trades: 7, memory: true },
    },
  });
  expect(task.result.took_ms).toBeGreaterThanOrEqual(1500);
  expect(engine.queued.map(({ message }) => message)).toContainEqual(
    expect.objectContaining({ type: "decide", entry_ids: [entry?.id] }),
  );
  await engine.drain();
  const { items } = (await api.get(`/recoveries?agent_id=${entry?.agentId}`)).body;
  expect(items).toMatchObject([
    {
      cause: "operator",
      round: 0,
      from_version: 4,
      to_version: 5,
      seconds: 1.5,
      decisions_lost: 0,
      task_id: body.task_id,
      entry_id: entry?.id,
      tournament_id: cup.id,
      duplicates_prevented: 0,
    },
  ]);
});
