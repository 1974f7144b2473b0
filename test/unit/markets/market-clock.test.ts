/** The market's clock, from the stored candles to every figure and answer that depends on it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { performanceOf } from "../../../src/core/performance.ts";
import { readDecisionContext } from "../../../src/db/statements/decisions/context.ts";
import { readNews } from "../../../src/feed/events.ts";
import { checkLedger } from "../../../src/ledger/check-ledger.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { type TestClock, testClock } from "../../support/builders.ts";
import { closeTestServer } from "../../support/database.ts";
import { type Api, openApi, tournamentBody } from "../../support/http-app.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

/** The cursor of a feed that has announced nothing. */
const BEFORE = { tournament: "", round: -1, state: null, decided: 0, markedAt: null, prices: "" };
const START = Date.UTC(2026, 5, 1);
let api: Api;
let clock: TestClock;
let run: InProcess;
beforeAll(async () => {
  api = await openApi();
  clock = await testClock(api.db.query, START - 1000);
  run = inProcess(api.db.query);
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

async function played(interval: number, others: readonly string[] = []) {
  await clock.set(START - 1000);
  const agent = await api.agent();
  const ends_at = new Date(START + 5 * interval * 1000).toISOString();
  const times = { starts_at: new Date(START).toISOString(), ends_at, interval_seconds: interval };
  const made = await api.tournament({ ...times, agent_ids: [agent, ...others] });
  await api.post(`/tournaments/${made.id}/start`);
  for (let quarter = 0; quarter < 12; quarter++) {
    await clock.set(START + (quarter * interval * 1000) / 4);
    await advance(run.ports, made.id);
    await run.drain();
    await advance(run.ports, made.id);
  }
  return { id: made.id, agent, made };
}

test.each([
  [5, 60, 105_120],
  [60, 1, 525_600],
])(
  "rounds of %i s are %i × as long on the market, and Sharpe goes by %i of them a year",
  async (interval, factor, periods) => {
    const { id, agent, made } = await played(interval);
    // The figures of an agent that trades.
    await api.db.query(
      "update equity_points set returns_count = 3, returns_mean = 0.001, returns_m2 = 0.000002 where tournament_id = $1",
      [id],
    );
    expect(made).toMatchObject({ market_clock: factor, interval_seconds: interval });
    const sharpe = (0.001 / Math.sqrt(0.000002 / 2)) * Math.sqrt(periods);
    const [place] = (await api.see(`/tournaments/${id}/leaderboard`)).body.items;
    expect(place.sharpe).toBeCloseTo(sharpe, 6);
    const stats = await api.see(`/agents/${agent}/stats?tournament_id=${id}`);
    expect(stats.body.sharpe).toBeCloseTo(sharpe, 6);
    const news = await readNews(api.db.query, id, BEFORE);
    const board = typeof news === "object" ? news?.events.find((event) => event.type === "leaderboard") : undefined;
    expect(board?.type === "leaderboard" ? board.items[0]?.sharpe : null).toBeCloseTo(sharpe, 6);
    const [entry] = await api.db.query<{ id: string }>("select id from entries where tournament_id = $1", [id]);
    const context = await readDecisionContext(api.db.query, id, [entry?.id ?? ""]);
    const own = context?.entries[0];
    expect(own && context ? performanceOf(own, context).sharpe : null).toBeCloseTo(sharpe, 6);
  },
);

test("candles open when rounds are due, whatever the market's clock", async () => {
  const { id, made } = await played(5);
  const { items } = (await api.see(`/tournaments/${id}/rounds`)).body;
  const settled = items.filter(({ state }: { state: string }) => state === "settled");
  expect(settled.length).toBeGreaterThan(1);
  for (const { number, due_at } of settled) {
    const round = (await api.see(`/tournaments/${id}/rounds/${number}`)).body;
    const [fills] = await api.db.query<{ open: string }>(
      "select trim_scale(open)::text as open from candles where source_id = $1 and symbol = 'BTC-USDT' and open_at = $2",
      [made.candle_source, due_at],
    );
    expect(Number(round.quote["BTC-USDT"].mid)).toBe(Number(fills?.open));
    expect(Date.parse(round.snapshot.candles["BTC-USDT"].open_at)).toBe(Date.parse(due_at) - 5000);
  }
});

test("a dry run says the market's clock, and a replay has the clock of its candles", async () => {
  const dry = (fields: Record<string, unknown>) => api.post("/tournaments?dry_run=true", tournamentBody(fields));
  const at = (ms: number) => new Date(START + ms).toISOString();
  await clock.set(START - 1000);
  for (const [interval_seconds, market_clock] of [
    [30, 60],
    [60, 1],
  ] as const) {
    const { body } = await dry({ interval_seconds, starts_at: at(0), ends_at: at(3_600_000) });
    expect(body.times).toMatchObject({ interval_seconds, market_clock });
  }
  const { made } = await played(5);
  const fields = { market: "replay", rules: { candle_source: made.candle_source }, interval_seconds: 5 };
  const replay = { ...fields, starts_at: at(0), ends_at: at(10_000) };
  expect((await dry(replay)).body.times).toMatchObject({ market_clock: 60 });
  expect(await api.tournament(replay)).toMatchObject({ market_clock: 60 });
});

test("the ledger check needs only the candles of a market, and is exact", async () => {
  await clock.set(START - 1000);
  const trader = await api.agent({ strategy: "equal_weight", strategy_type: "baseline" });
  const { id } = await played(5, [trader]);
  expect((await api.see(`/tournaments/${id}/trades`)).body.items.length).toBeGreaterThan(1);
  expect(await checkLedger(api.db.query, { tournamentId: id })).toMatchObject({ ok: true, failures: 0 });
});
