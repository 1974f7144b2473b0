import { afterAll, beforeAll, expect, test } from "vitest";
import { preflightAnswer } from "../../../../src/api/arena-answers.ts";
import { capacityOf, costs, overCapacity } from "../../../../src/core/capacity.ts";
import { windowMs } from "../../../../src/core/phases.ts";
import { costOf, messagesOf } from "../../../../src/core/platform-cost.ts";
import { joinEntries } from "../../../../src/rounds/join.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, openApi, tournamentBody } from "../../../support/http-app.ts";
import { syntheticReplay } from "../../../support/synthetic-replay.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const START = Date.now() + 3_600_000;
const iso = (ms: number) => new Date(ms).toISOString();
const hours = (count: number) => ({ starts_at: iso(START), ends_at: iso(START + count * 3_600_000) });

async function dryRun(fields: Record<string, unknown> = {}) {
  const { status, body } = await api.post("/tournaments?dry_run=true", tournamentBody(fields));
  expect(status, JSON.stringify(body)).toBe(200);
  return preflightAnswer.strict().parse(body);
}

test("a dry run says what will happen, and makes nothing", async () => {
  const agents = [
    await api.agent(),
    await api.agent(),
    await api.agent({ strategy_type: "baseline", strategy: "cash" }),
  ];
  const before = await api.rowCounts();
  const plan = await dryRun({ ...hours(24), interval_seconds: 300, agent_ids: agents });
  expect(plan).toMatchObject({
    rounds: 288,
    entries: 3,
    decisions: 864,
    warnings: [],
    first_due_at: iso(START),
    last_due_at: iso(START + 287 * 300_000),
    last_deadline_at: iso(START + 287 * 300_000 + 150_000),
    messages: { decide: 864, fill: 288, total: 1152 },
    times: { interval_seconds: 300, window_seconds: 150, jitter_seconds: 0.006 },
  });
  expect(plan.capacity?.load).toBeGreaterThan(0);
  expect(plan.capacity?.load).toBeLessThan(0.1);
  expect(await api.rowCounts()).toEqual(before);
  expect(api.woken).toEqual([]);
});

test("the tournament that is made is the one that its dry run described", async () => {
  const body = { ...hours(2), interval_seconds: 70, agent_ids: [await api.agent()] };
  const plan = await dryRun(body);
  const made = await api.tournament(body);
  expect(plan).toMatchObject({ rounds: made.rounds, entries: made.entries, first_due_at: made.starts_at });
});

test("a dry run refuses what the creation refuses, in the same words", async () => {
  const wrong = [
    { ends_at: iso(START - 1), starts_at: iso(START) },
    { symbols: ["BTC-USDT", "NOPE-USDT"] },
    { agent_ids: ["0198ffff-0000-7000-8000-000000000000"] },
    { interval_seconds: 0 },
    { market: "replay", rules: { candle_source: "none" } },
    { name: "" },
  ];
  for (const fields of wrong) {
    const real = await api.post("/tournaments", tournamentBody(fields));
    const dry = await api.post("/tournaments?dry_run=true", tournamentBody(fields));
    expect([dry.status, dry.body]).toEqual([real.status, real.body]);
    expect(dry.status).toBe(422);
  }
  expect((await api.call("POST", "/tournaments?dry_run=true", { key: null, body: tournamentBody() })).status).toBe(401);
  expect((await api.post("/tournaments?dry_run=yes", tournamentBody())).status).toBe(422);
});

test("a dry run warns of settings that are valid but work badly", async () => {
  const slow = await api.agent({ name: "Slow", config: { thinking_seconds: 60 } });
  const baseline = await api.agent({ strategy_type: "baseline", strategy: "cash" });
  expect((await dryRun(hours(1))).warnings.join()).toContain("no entries");
  expect((await dryRun({ ...hours(1), agent_ids: [baseline] })).warnings.join()).toContain("nobody is ranked");
  const late = { starts_at: iso(Date.now() - 600_000), ends_at: iso(START), interval_seconds: 60 };
  expect((await dryRun({ ...late, agent_ids: [slow] })).warnings).toEqual([
    expect.stringMatching(/1[01] of its rounds will be skipped/),
    "Slow thinks for 60 s, and a round gives 30 s: it will miss every round.",
  ]);
});

test("a dry run of a replay says for whom its rounds wait", async () => {
  const house = await api.agent();
  const outside: string = (await api.post("/agents", { name: "From outside", kind: "outside" })).body.id;
  const warnings = async (ids: readonly string[]) => {
    const { status, body } = await api.post("/tournaments?dry_run=true", await syntheticReplay(api.db.query, 2, ids));
    expect(status, JSON.stringify(body)).toBe(200);
    return preflightAnswer.strict().parse(body).warnings;
  };
  expect(await warnings([house])).toEqual(["A replay starts by hand, and then runs as fast as it can."]);
  expect(await warnings([house, outside])).toEqual([
    "A replay starts by hand. Each round waits up to 60 s for the agent that is not of the house.",
  ]);
});

test("a dry run names the agents that would take part in vain, each with its reason, and the first 20 of many", async () => {
  const params = { symbol: "DOGE-USDT" };
  const ids: string[] = [];
  for (let i = 0; i < 22; i++) {
    ids.push(
      await api.agent({ name: `Doge ${i}`, strategy: "buy_and_hold", strategy_type: "baseline", config: { params } }),
    );
  }
  const player = await api.agent({ name: "Player" });
  const { warnings, misfits } = await dryRun({ ...hours(1), agent_ids: [player, ...ids] });
  const warning = "Doge 0 buys DOGE-USDT, which is not traded here: it will stay in cash.";
  expect(misfits).toHaveLength(20);
  expect(misfits[0]).toEqual({ agent_id: ids[0], agent: "Doge 0", warning });
  expect(warnings.slice(0, 20)).toEqual(misfits.map((misfit) => misfit.warning));
  expect(warnings[20]).toBe("2 more of the agents do not fit.");
  expect((await dryRun({ ...hours(1), symbols: ["DOGE-USDT"], agent_ids: [player, ...ids] })).misfits).toEqual([]);
});

test("a tournament too large for its interval is refused at creation and at joining, with the calculation", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 320; i++) ids.push(await api.agent());
  const body = { ...hours(1), interval_seconds: 1 };
  const expected =
    /320 entries need 0\.64 s to decide \(0\.1 s for spreading out and sending again, and 1\.7 ms each\).* leaves 0\.5 s/;
  for (const path of ["/tournaments", "/tournaments?dry_run=true"]) {
    const answer = await api.post(path, tournamentBody({ ...body, agent_ids: ids }));
    expect(answer).toMatchObject({
      status: 422,
      body: { code: "tournament.over_capacity", errors: [{ path: "interval_seconds" }] },
    });
    expect(answer.body.detail).toMatch(expected);
  }
  const { id } = await api.tournament({ ...body, agent_ids: ids.slice(0, 200) });
  const joined = await api.post(`/tournaments/${id}/initialize`, { agent_ids: ids });
  expect(joined).toMatchObject({ status: 422, body: { code: "tournament.over_capacity" } });
  expect(joined.body.detail).toMatch(expected);
  await expect(joinEntries(api.deps, id, ids)).rejects.toThrow(expected);
  const [count] = await api.db.query("select count(*)::int as count from entries where tournament_id = $1", [id]);
  expect(count).toEqual({ count: 200 });
  // Agents that have joined already don't count twice.
  expect((await joinEntries(api.deps, id, ids.slice(0, 210))).joined).toHaveLength(10);
  // A shorter interval is refused as well.
  const longer = await api.tournament({ ...hours(1), interval_seconds: 60, agent_ids: ids });
  expect(await api.patch(`/tournaments/${longer.id}`, { interval_seconds: 1 })).toMatchObject({
    status: 422,
    body: { code: "tournament.over_capacity" },
  });
});

test("capacity grows with the interval, and a replay has none", () => {
  expect(capacityOf("replay", 1, 25_000)).toBeNull();
  expect(overCapacity("synthetic", 300, 10_000)).toBeNull();
  expect(overCapacity("synthetic", 1, 10)).toBeNull();
  const why = overCapacity("synthetic", 10, 10_000) ?? "";
  const shortest = Number(/interval of (\d+) s/.exec(why)?.[1]);
  expect(overCapacity("synthetic", shortest, 10_000)).toBeNull();
  expect(overCapacity("synthetic", Math.floor(shortest / 1.2), 10_000)).not.toBeNull();
  for (const interval of [1, 7, 60, 300, 3600]) {
    const { load = 0 } = capacityOf("synthetic", interval, 100) ?? {};
    const most = Math.floor((windowMs(interval) * 0.8) / costs.decisionMs);
    expect(load).toBeGreaterThan(0);
    expect(overCapacity("synthetic", interval, most + 1_000_000)).toMatch(/^1,\d{3},\d{3} entries need/);
  }
});

test("the cost is the sum of its items, and grows with decisions", () => {
  const small = costOf("synthetic", 300, 288, 6);
  expect(small.total_usd).toBeCloseTo(
    small.items.reduce((sum, { usd }) => sum + usd, 0),
    3,
  );
  // A day of 250 entries at five minutes: 72,000 messages that decide, 864 that fill, of three operations at 0.40 a million.
  const loops = costOf("synthetic", 300, 288, 250);
  expect(loops.items.find(({ what }) => what === "queue operations")?.usd).toBeCloseTo(0.0874, 4);
  expect(loops.total_usd).toBeGreaterThan(small.total_usd * 10);
  // With one more entry the Arena sends fifty at a time, without alarms.
  expect(costOf("synthetic", 300, 288, 251).total_usd).toBeLessThan(loops.total_usd / 3);
  expect(messagesOf("synthetic", 300, 10, 251)).toEqual({ decide: 60, fill: 30, total: 90 });
  // Twenty in a second: larger slices.
  expect(messagesOf("synthetic", 2, 10, 400)).toEqual({ decide: 50, fill: 40, total: 90 });
  expect(messagesOf("replay", 300, 10, 250)).toEqual({ decide: 30, fill: 30, total: 60 });
});
