import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import {
  decisionItem,
  equityAnswer,
  leaderboardItem,
  missItem,
  positionItem,
} from "../../../../src/api/arena-answers.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, NOWHERE, openApi } from "../../../support/http-app.ts";
import { buildFixture, type Fixture, storeFixture } from "../../../support/ledger/fixture.ts";

let api: Api;
const done: Fixture = buildFixture({ index: 0 });
const open: Fixture = buildFixture({ index: 1, last: "open" });
beforeAll(async () => {
  api = await openApi();
  for (const fixture of [done, open]) await storeFixture(api.db.query, fixture);
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const rows = (fixture: Fixture, table: string) => fixture.tables.get(table) ?? [];
const plain = (money: unknown) => String(money).replace(/\.?0+$/, "");

/** The answer, which must have what its schema says and nothing else. */
async function seen<S extends z.ZodRawShape>(path: string, schema: z.ZodObject<S>) {
  const { status, body } = await api.see(path);
  expect([path, status]).toEqual([path, 200]);
  return schema.strict().parse(body);
}
async function list<T>(path: string, schema: z.ZodType<T>, key: string | null = null) {
  const all: T[] = [];
  let cursor = "";
  do {
    const sign = path.includes("?") ? "&" : "?";
    const { status, body } = await api.get(`${path}${cursor && `${sign}cursor=${cursor}`}`, { key });
    expect([path, status]).toEqual([path, 200]);
    all.push(...body.items.map((item: unknown) => schema.parse(item)));
    cursor = body.next_cursor ?? "";
  } while (cursor);
  return all;
}
const place = leaderboardItem.strict();
const position = positionItem.strict();
const logged = z.discriminatedUnion("outcome", [decisionItem.strict(), missItem.strict()]);

test("the chart has every entry's equity at every settled round, to a thousandth", async () => {
  const chart = await seen(`/tournaments/${done.tournamentId}/equity`, equityAnswer);
  const points = rows(done, "equity_points");
  const settled = [...new Set(points.map(({ round }) => Number(round)))].sort((a, b) => a - b);
  expect(chart.rounds).toEqual(settled);
  expect(chart).toMatchObject({ settled_rounds: settled.length, entries: done.members.length });
  expect(chart.series).toHaveLength(done.members.length);
  for (const line of chart.series) {
    const member = done.members.find(({ name }) => name === line.agent);
    const own = settled.map((round) => points.find((p) => p.entry_id === member?.id && p.round === round));
    expect(line.equity).toEqual(
      own.map((point) => (point ? (Math.floor(Number(point.equity) * 1000) / 1000).toFixed(3) : null)),
    );
  }
});

test("a thinned chart keeps to its number of points, and the last round is one of them", async () => {
  const whole = await seen(`/tournaments/${done.tournamentId}/equity`, equityAnswer);
  for (const points of [2, 3, 4, 5]) {
    const chart = await seen(`/tournaments/${done.tournamentId}/equity?max_points=${points}`, equityAnswer);
    expect(chart.rounds.length).toBeLessThanOrEqual(points);
    expect([chart.rounds[0], chart.rounds.at(-1)]).toEqual([whole.rounds[0], whole.rounds.at(-1)]);
    expect(chart.settled_rounds).toBe(whole.rounds.length);
    for (const [i, line] of chart.series.entries()) {
      const same = whole.series[i];
      expect(line.equity).toEqual(chart.rounds.map((round) => same?.equity[whole.rounds.indexOf(round)]));
    }
  }
  const late = await seen(`/tournaments/${done.tournamentId}/equity?from_round=5`, equityAnswer);
  expect(late.rounds).toEqual(whole.rounds.filter((round) => round >= 5));
  const [first] = whole.series;
  const one = await seen(`/tournaments/${done.tournamentId}/equity?agent_id=${first?.agent_id}`, equityAnswer);
  expect(one.series).toEqual([first]);
});

test("the chart of a tournament without rounds has its entries and no points", async () => {
  const { id } = await api.tournament({ agent_ids: [await api.agent()] });
  const chart = await seen(`/tournaments/${id}/equity`, equityAnswer);
  expect(chart).toMatchObject({ rounds: [], settled_rounds: 0, series: [{ equity: [] }] });
});

test("a new live tournament has a price of each symbol at once, before its first round", async () => {
  const { id, symbols } = await api.tournament({ agent_ids: [await api.agent()] });
  const { items } = (await api.see(`/prices?tournament_id=${id}`)).body;
  expect(items.map(({ symbol }: { symbol: string }) => symbol).sort()).toEqual([...symbols].sort());
});

test("the leaderboard after a round has the state, trades and fees up to that round", async () => {
  const orders = rows(done, "rounds").map(({ id, number }) => [id, Number(number)] as const);
  const numberOf = new Map(orders);
  const points = rows(done, "equity_points");
  for (const round of [0, 3, 8]) {
    const board = await list(`/tournaments/${done.tournamentId}/leaderboard?round=${round}&limit=2`, place);
    const own = points.filter((point) => point.round === round);
    expect(board.map(({ agent }) => agent).sort()).toEqual(
      own.map((point) => done.members.find(({ id }) => id === point.entry_id)?.name).sort(),
    );
    for (const place of board) {
      const member = done.members.find(({ name }) => name === place.agent);
      const point = own.find(({ entry_id }) => entry_id === member?.id);
      const trades = rows(done, "trades").filter(
        (trade) => trade.entry_id === member?.id && (numberOf.get(trade.round_id) ?? 99) <= round,
      );
      const closed = trades.map(({ realized_profit: profit }) => profit).filter((profit) => profit !== null);
      expect(place).toMatchObject({ rank: point?.rank, equity: plain(point?.equity), trades: trades.length });
      expect(Number(place.fees)).toBeCloseTo(
        trades.reduce((sum, trade) => sum + Number(trade.fee), 0),
        8,
      );
      expect(place.closed_trades).toBe(closed.length);
      expect(Number(place.biggest_win ?? 0)).toBe(Math.max(0, ...closed.map(Number)));
      expect(Number(place.biggest_loss ?? 0)).toBe(Math.min(0, ...closed.map(Number)));
    }
  }
  const now = await list(`/tournaments/${done.tournamentId}/leaderboard`, place);
  const last = Math.max(...points.map((point) => Number(point.round)));
  expect(await list(`/tournaments/${done.tournamentId}/leaderboard?round=${last}`, place)).toEqual(
    // An entry that has left stands on today's board alone.
    now.filter(({ baseline, rank }) => baseline || rank !== null),
  );
  expect(await api.see(`/tournaments/${done.tournamentId}/leaderboard?round=999`)).toMatchObject({
    status: 404,
    body: { code: "round.not_found" },
  });
});

test("profit on the leaderboard is equity less starting cash, and a win rate counts closed trades alone", async () => {
  const board = await list(`/tournaments/${done.tournamentId}/leaderboard`, place);
  for (const place of board) {
    expect(Number(place.profit)).toBeCloseTo(Number(place.equity) - 500, 8);
    expect(place.win_rate === null).toBe(place.closed_trades === 0);
  }
  expect(board.some((place) => place.closed_trades > 0)).toBe(true);
});

test("the decision log holds every decision and every miss of closed rounds once, newest round first", async () => {
  const log = await list(`/tournaments/${done.tournamentId}/decisions?limit=7`, logged);
  const key = ({ round, entry_id }: { round: number; entry_id: string }) => `${round} ${entry_id}`;
  const misses = log.filter(({ outcome }) => outcome === "missed");
  const owed = await api.db.query<{ round: number; entry_id: string; reason: string }>(
    "select round, entry_id, reason from missed_decisions where tournament_id = $1",
    [done.tournamentId],
  );
  expect(owed.length).toBeGreaterThan(0);
  expect(misses.map(key).sort()).toEqual(owed.map(key).sort());
  expect(log.length - misses.length).toBe(rows(done, "decisions").length);
  expect(new Set(log.map(key)).size).toBe(log.length);
  expect(log.map(key)).toEqual(
    log.toSorted((a, b) => b.round - a.round || a.entry_id.localeCompare(b.entry_id)).map(key),
  );
  for (const { agent_id } of [log[0], misses[0]].filter((item) => item !== undefined)) {
    const own = await list(`/tournaments/${done.tournamentId}/decisions?agent_id=${agent_id}&limit=3`, logged);
    expect(own).toEqual(log.filter((item) => item.agent_id === agent_id));
  }
  const orders = log.flatMap((item) => (item.outcome === "missed" ? [] : item.orders));
  expect(orders.find(({ state }) => state === "filled")?.fill).toMatchObject({
    quantity: expect.any(String),
    price: expect.any(String),
  });
});

test("an entry that has left keeps its last equity on the board, without a rank", async () => {
  const left = done.members.find(({ lastRound }) => lastRound !== null);
  const point = rows(done, "equity_points").find((p) => p.entry_id === left?.id && p.round === left?.lastRound);
  const board = await list(`/tournaments/${done.tournamentId}/leaderboard`, place);
  const own = board.filter(({ status }) => status === "withdrawn");
  expect(own).toMatchObject([{ agent: left?.name, equity: plain(point?.equity), rank: null }]);
});

test("only operators see an open round's decisions in the log", async () => {
  const [round] = rows(open, "rounds").filter(({ state }) => state === "open");
  expect(rows(open, "decisions").some(({ round_id }) => round_id === round?.id)).toBe(true);
  const path = `/tournaments/${open.tournamentId}/decisions`;
  expect((await list(path, logged)).some((item) => item.round === round?.number)).toBe(false);
  const { body } = await api.get(path);
  expect(body.items[0].round).toBe(round?.number);
  // A cursor that was made with the key is refused without it.
  const paged = await api.get(`${path}?limit=1`);
  expect(await api.see(`${path}?cursor=${paged.body.next_cursor}`)).toMatchObject({
    body: { code: "request.bad_cursor" },
  });
});

test("positions are valued at the last prices, and cash with them is the entry's equity", async () => {
  const items = await list(`/tournaments/${done.tournamentId}/positions?limit=2`, position);
  expect(items).toHaveLength(done.members.length);
  const holdings = items.flatMap(({ positions }) => positions);
  expect(holdings.length).toBe(rows(done, "positions").length);
  for (const item of items) {
    const value = item.positions.reduce((sum, { notional }) => sum + Number(notional), Number(item.cash));
    expect(Number(item.equity)).toBeCloseTo(value, 6);
    for (const { quantity, price, cost, notional, unrealised } of item.positions) {
      expect(Number(notional)).toBeCloseTo(Number(quantity) * Number(price), 6);
      expect(Number(unrealised)).toBeCloseTo(Number(notional) - Number(cost), 6);
    }
  }
  const [first] = items;
  expect(await list(`/tournaments/${done.tournamentId}/positions?agent_id=${first?.agent_id}`, position)).toEqual([
    first,
  ]);
});

test.for(["equity?max_points=1", "equity?max_points=2001", "equity?from_round=-1", "leaderboard?round=x"])(
  "%s is refused with the field's name",
  async (path) => {
    const { status, body } = await api.see(`/tournaments/${done.tournamentId}/${path}`);
    expect([status, body.errors?.[0]?.path]).toEqual([422, /\?(\w+)/.exec(path)?.[1]]);
  },
);

test("an agent without an entry in the tournament gets an error that says so", async () => {
  for (const path of ["equity", "decisions", "positions"]) {
    const at = `/tournaments/${done.tournamentId}/${path}?agent_id=`;
    expect((await api.see(at + NOWHERE)).body.code).toBe("agent.not_found");
    expect((await api.see(at + (await api.agent()))).body.code).toBe("entry.not_found");
  }
});

/** Every relation that a plan reads whole. */
async function seqScans(path: string): Promise<string[]> {
  const statements: { text: string; params: readonly unknown[] }[] = [];
  const spied = await openApi({
    query: (text, params = []) => {
      statements.push({ text, params });
      return api.db.query(text, params);
    },
  });
  expect((await spied.see(path)).status).toBe(200);
  await spied.db.close();
  const plans = await Promise.all(
    statements.map(({ text, params }) =>
      api.db.session(async (query) => {
        await query("set enable_seqscan = off");
        return JSON.stringify(await query(`explain (format json) ${text}`, params));
      }),
    ),
  );
  return plans.flatMap((plan) =>
    [...plan.matchAll(/"Seq Scan".*?"Relation Name": ?"(\w+)"/g)].map(([, name = ""]) => name),
  );
}

test("every list has an index, so none reads a growing table whole", async () => {
  const growing = ["rounds", "decisions", "decision_details", "orders", "trades", "equity_points", "positions", "lots"];
  const agent = (await api.see(`/tournaments/${done.tournamentId}/leaderboard`)).body.items[0].agent_id;
  for (const path of [
    "equity",
    "leaderboard",
    "leaderboard?round=5",
    "decisions",
    `decisions?agent_id=${agent}`,
    "positions",
  ]) {
    const scanned = await seqScans(`/tournaments/${done.tournamentId}/${path}`);
    expect([path, scanned.filter((name) => growing.includes(name))]).toEqual([path, []]);
  }
});
