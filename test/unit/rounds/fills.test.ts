/** What an entry is shown of its last orders comes from stored rows, and so do the notes of a strategy. */
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { decimal } from "../../../src/core/money.ts";
import { readDecisionContext } from "../../../src/db/statements/decisions/context.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { wholeView } from "../../../src/strategies/carried-view.ts";
import { Desk } from "../../../src/strategies/desk.ts";
import { strategies } from "../../../src/strategies/registry.ts";
import type { View } from "../../../src/strategies/strategy.ts";
import { type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
let clock: TestClock;
let run: InProcess;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query);
  run = inProcess(db.query);
});
afterEach(() => {
  vi.restoreAllMocks();
  return db.close();
});
afterAll(closeTestServer);

const BTC = "BTC-USDT";
const ETH = "ETH-USDT";
const lot = z.object({ symbol: z.string() });
const buy = (symbol: string, amount: string) => ({ side: "buy" as const, symbol, amount });
const sell = (symbol: string, amount: string) => ({ side: "sell" as const, symbol, amount });

/** The price at which a round's orders fill, after its candle's window was seen. */
async function opensAt(cup: World, round: number, symbol: string, price: string): Promise<void> {
  await db.query(
    `update candles set open = $4::numeric, low = least(low, $4::numeric), high = greatest(high, $4::numeric)
     where source_id = $1 and symbol = $2 and open_at = to_timestamp($3::float8 / 1000)`,
    [cup.source, symbol, cup.due(round), price],
  );
}

async function decided(cup: World, round: number): Promise<void> {
  await clock.set(cup.due(round));
  await advance(run.ports, cup.id);
  run.queued.push({
    queue: "agents",
    message: { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.map(({ id }) => id) },
  });
  await run.drain();
}
async function settled(cup: World, round: number): Promise<void> {
  await clock.set(cup.due(round) + 150_000);
  await advance(run.ports, cup.id);
  await run.drain();
  await advance(run.ports, cup.id);
}

test("an entry is shown what became of its last decision's orders: filled, cut, and refused by check or at the fill", async () => {
  const cup = await world(db.query, { entries: 1, rounds: 8 });
  const views: View[] = [];
  const orders = new Map([
    [0, [buy(BTC, "50"), buy("NOPE-USDT", "5"), buy(ETH, "440")]],
    // The first sale's price falls to nothing before its fill.
    [1, [sell(BTC, "0.3")]],
    // The sale brings less than it seemed to, and the buy spends what there is.
    [2, [sell(ETH, "1"), buy(BTC, "150")]],
    [4, [sell(ETH, "0.5")]],
  ]);
  const id = cup.entries[0]?.id ?? "";
  let well = true;
  run.answer(id, ({ view }) => {
    if (!well) return { kind: "failed", code: "agent.failed", message: "it had a bad day" };
    views.push(wholeView(view));
    const choice = { orders: orders.get(view.round) ?? [], reasoning: "as planned", confidence: 1 };
    return { kind: "choice", choice, recovered: false };
  });
  for (let round = 0; round < 7; round++) {
    well = round !== 5;
    await decided(cup, round);
    if (round === 1) await opensAt(cup, 1, BTC, "0.00001");
    if (round === 2) await opensAt(cup, 2, ETH, "100");
    await settled(cup, round);
  }
  const [at0, at1, at2, at3, at4, at6] = views;
  expect(views.map(({ round }) => round)).toEqual([0, 1, 2, 3, 4, 6]);
  expect(new Set(views.map(({ min_order }) => min_order))).toEqual(new Set(["1"]));
  expect(at0?.fills).toEqual([]);

  const trades = await db.query<{ round: number; seq: number; quantity: string; price: string; cash_change: string }>(
    `select r.number as round, t.seq, trim_scale(t.quantity)::text as quantity, trim_scale(t.price)::text as price,
       trim_scale(t.cash_change)::text as cash_change
     from trades t join rounds r on r.id = t.round_id order by r.number, t.seq`,
  );
  const trade = (round: number, seq: number) => trades.find((one) => one.round === round && one.seq === seq);
  const nothing = { quantity: null, price: null, fee: null, cash_change: null };
  expect(at1?.fills).toEqual([
    expect.objectContaining({ round: 0, side: "buy", symbol: BTC, amount: "50", state: "filled", ...trade(0, 0) }),
    {
      round: 0,
      seq: 1,
      side: "buy",
      symbol: "NOPE-USDT",
      amount: "5",
      state: "refused",
      code: "trading.unknown_symbol",
      ...nothing,
    },
    expect.objectContaining({ round: 0, symbol: ETH, state: "filled", code: null, ...trade(0, 2) }),
  ]);
  expect(at2?.fills).toEqual([
    {
      round: 1,
      seq: 0,
      side: "sell",
      symbol: BTC,
      amount: "0.3",
      state: "refused",
      code: "trading.below_minimum",
      ...nothing,
    },
  ]);
  expect(at2?.account).toEqual(at1?.account);
  const [sale, cut] = at3?.fills ?? [];
  expect([sale, cut]).toMatchObject([
    { round: 2, seq: 0, side: "sell", state: "filled", ...trade(2, 0) },
    { round: 2, seq: 1, side: "buy", amount: "150", state: "filled", ...trade(2, 1) },
  ]);
  expect(
    decimal(cut?.cash_change ?? "0")
      .abs()
      .lt(decimal("150")),
  ).toBe(true);
  // After a hold there is nothing to say; a round that was missed leaves it to be said.
  expect(at4?.fills).toEqual([]);
  expect(at6?.fills).toMatchObject([{ round: 4, seq: 0, side: "sell", amount: "0.5", state: "filled" }]);
});

/** A house strategy of the plainest kind: in at first, out from round 1 on. */
const limits = { risk_score: "0.5", max_position_share: "1", cash_reserve_share: "0", max_trades_per_round: 3 };
function inAndOut(view: View) {
  const desk = new Desk(view, limits, { hold: 1, wait: 50 });
  const btc = desk.market.find(({ symbol }) => symbol === BTC);
  if (btc === undefined) throw new Error("no market");
  const position = desk.position(btc);
  if (position === null) desk.buy(btc, 1, "it is 1 time in");
  else if (desk.isOldEnough(position))
    desk.sell(btc, 1, `out after ${position.age} rounds at ${position.gain.toFixed(4)}`);
  return desk.choice("1 idle");
}
const notesOf = async (entry: string) =>
  (await db.query<{ notes: Record<string, unknown> }>(`select notes from memories where entry_id = $1`, [entry]))[0]
    ?.notes;

test("after a sale that was refused at its fill the notes hold the buy, and a recovered entry's notes are the same", async () => {
  vi.spyOn(strategies.random, "decide").mockImplementation(inAndOut);
  const cup = await world(db.query, { entries: 2, rounds: 8, strategy: "random" });
  const [plain, upset] = cup.entries;
  if (!plain || !upset) throw new Error("no entries");
  const bought = async () =>
    Number((await db.query<{ price: string }>(`select price::text from trades where side = 'buy' limit 1`))[0]?.price);
  const recover = async () => {
    await run.ports.enqueue("recover_agent_state", { tournament_id: cup.id, agent_id: upset.agentId });
    await run.drain();
  };
  for (let round = 0; round < 4; round++) {
    await recover();
    await decided(cup, round);
    await recover();
    if (round === 1) await opensAt(cup, 1, BTC, "0.00001");
    await settled(cup, round);
    if (round === 1) {
      expect(await notesOf(plain.id)).toMatchObject({
        trades: { [BTC]: { side: "buy", round: 0, price: await bought(), why: "it is 1 time in" } },
        ordered: { round: 1 },
      });
    }
    expect(await notesOf(upset.id)).toEqual(await notesOf(plain.id));
  }
  const sales = await db.query(
    `select r.number, o.state, o.code from orders o join rounds r on r.id = o.round_id
     where o.entry_id = $1 and o.side = 'sell' order by r.number`,
    [upset.id],
  );
  expect(sales).toEqual([
    { number: 1, state: "refused", code: "trading.below_minimum" },
    { number: 2, state: "filled", code: null },
  ]);
  // Only what was filled is a trade, wherever trades are counted.
  const [counted] = await db.query(
    `select trades_count, closed_trades, (select count(*)::int from trades where entry_id = e.id) as trades
     from entries e where id = $1`,
    [plain.id],
  );
  expect(counted).toEqual({ trades_count: 2, closed_trades: 1, trades: 2 });
  const context = await readDecisionContext(db.query, cup.id, [plain.id, upset.id]);
  expect(context?.entries.map(({ fills }) => fills)).toEqual([null, null]);
});

test("a fill reads the lots of what is sold, and no others: whoever buys each round has one more of them each time", async () => {
  const cup = await world(db.query, { entries: 1, rounds: 8 });
  const orders = [[buy(BTC, "50"), buy(ETH, "50")], [buy(BTC, "50")], [sell(BTC, "0.1"), buy(ETH, "20")]];
  run.answer(cup.entries[0]?.id ?? "", ({ view }) => {
    const choice = { orders: orders[view.round] ?? [], reasoning: "as planned", confidence: 1 };
    return { kind: "choice", choice, recovered: false };
  });
  const { query } = run.ports;
  const read: string[][] = [];
  Object.assign(run.ports, {
    query: async (text: string, params?: readonly unknown[]) => {
      const rows = await query(text, params);
      if (text.includes("any(o.sold)")) {
        const [context] = z.array(z.object({ entries: z.array(z.object({ lots: z.array(lot) })) })).parse(rows);
        read.push((context?.entries ?? []).flatMap(({ lots }) => lots.map(({ symbol }) => symbol)));
      }
      return rows;
    },
  });
  for (const round of orders.keys()) {
    await decided(cup, round);
    await settled(cup, round);
  }
  expect(read.filter((symbols) => symbols.length > 0)).toEqual([[BTC, BTC]]);
  const kept = await db.query<{ symbol: string; n: number }>(
    "select symbol, count(*)::int as n from lots group by symbol order by symbol",
  );
  expect(kept).toEqual([
    { symbol: BTC, n: 2 },
    { symbol: ETH, n: 2 },
  ]);
});
