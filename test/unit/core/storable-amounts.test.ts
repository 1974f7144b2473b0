/** In every tournament that can be created, an order fills with numbers that can be stored or is refused with a code. */
import { is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkOrders } from "../../../src/core/checks.ts";
import { columnBounds, isStorable } from "../../../src/core/column-bounds.ts";
import { fillOrders } from "../../../src/core/fills.ts";
import { decimal } from "../../../src/core/money.ts";
import { rulesSchema } from "../../../src/core/rules.ts";
import { sqlState } from "../../../src/db/errors.ts";
import * as schema from "../../../src/db/schema/tables.ts";
import { checkLedger } from "../../../src/ledger/check-ledger.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { count, type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { inProcess } from "../../support/in-process.ts";

afterAll(closeTestServer);

test("the column bounds equal the schema's for every number", () => {
  const inSchema = Object.values(schema)
    .filter((value) => is(value, PgTable))
    .map(getTableConfig)
    .flatMap(({ name, columns }) =>
      columns
        .filter((column) => column.getSQLType().startsWith("numeric"))
        .map((column) => [`${name}.${column.name}`, column.getSQLType()]),
    );
  const known = Object.entries(columnBounds).map(([name, bound]) => [
    name,
    bound === null ? "numeric" : `numeric(${bound.precision}, ${bound.scale})`,
  ]);
  expect(known.toSorted()).toEqual(inSchema.toSorted());
});

const rules = rulesSchema.parse({});
const free = rulesSchema.parse({ fee_bps: 0, half_spread_bps: 0, slippage_bps: 0, min_order: "0" });
const quote = (mid: string) => ({ A: { bid: mid, ask: mid, mid } });
const buy = (amount: string) => ({ seq: 0, side: "buy" as const, symbol: "A", amount });
const sell = (amount: string) => ({ seq: 0, side: "sell" as const, symbol: "A", amount });
const checked = (account: { cash: string; positions: Record<string, string> }, order: object, price: string) =>
  checkOrders({ account, orders: [order], prices: { A: price }, rules, limits: null, symbols: ["A"] })[0];

describe("one order", () => {
  test("a position of more than 1e15 units can be sold", () => {
    const account = { cash: "0", positions: { A: "5000000000000000000" } };
    const order = sell("5000000000000000000");
    expect(checked(account, order, "0.000000001")).toMatchObject({
      state: "open",
      order: { amount: "5000000000000000000" },
    });
    const lots = [{ symbol: "A", round: 0, seq: 0, quantity: "5000000000000000000", cost: "5000000000" }];
    const out = fillOrders({ account, lots, orders: [order], round: 1, quote: quote("0.000000001"), rules });
    expect(out.results[0]).toMatchObject({ kind: "filled", quantity: "5000000000000000000" });
  });

  test("an amount of 1e20 is refused, and one just below it is not", () => {
    const account = { cash: "1", positions: { A: "99999999999999999999.99999999" } };
    expect(checked(account, sell("100000000000000000000"), "0.000000001")).toMatchObject({
      code: "trading.bad_amount",
    });
    expect(checked(account, sell("99999999999999999999.99999999"), "0.000000001")).toMatchObject({ state: "open" });
    expect(checked(account, buy("99999999999999999999"), "1")).toMatchObject({ code: "trading.insufficient_cash" });
  });

  test("a buy of more units than can be stored is refused by the check and at the fill, also when only the sum with the holding is too large", () => {
    const rich = { cash: "1000000000000", positions: {} };
    expect(checked(rich, buy("1000000000000"), "0.000000001")).toMatchObject({
      state: "refused",
      code: "trading.too_large",
      order: { amount: "1000000000000" },
    });
    const fill = (account: { cash: string; positions: Record<string, string> }, amount: string) =>
      fillOrders({ account, lots: [], orders: [buy(amount)], round: 1, quote: quote("0.000000001"), rules: free });
    expect(fill(rich, "1000000000000")).toMatchObject({
      cash: "1000000000000",
      positions: {},
      lots: [],
      results: [{ kind: "refused", code: "trading.too_large" }],
    });
    const most = { cash: "100", positions: { A: "99999999999999999990" } };
    expect(fill(most, "0.000000001").results[0]).toMatchObject({ kind: "filled" });
    expect(fill(most, "1").results[0]).toMatchObject({ code: "trading.too_large" });
  });

  test("a sell whose proceeds, fees or profit can't be stored is refused and leaves the account as it was", () => {
    const account = { cash: "1", positions: { A: "20000000000" } };
    const lots = [{ symbol: "A", round: 0, seq: 0, quantity: "20000000000", cost: "1" }];
    const sells = (mid: string, more: object = {}) =>
      fillOrders({ account, lots, orders: [sell("20000000000")], round: 1, quote: quote(mid), rules: free, ...more });
    expect(sells("5000000000")).toMatchObject({
      cash: "1",
      positions: account.positions,
      lots,
      results: [{ code: "trading.too_large" }],
    });
    expect(checked(account, sell("20000000000"), "5100000000")).toMatchObject({ code: "trading.too_large" });
    expect(sells("4000000000").results[0]).toMatchObject({ kind: "filled", realizedProfit: "79999999999999999999" });
    const totalsOf = (fees: string, realizedProfit: string) => ({ totals: { fees, realizedProfit } });
    expect(sells("4000000000", totalsOf("0", "30000000000000000000"))).toMatchObject({
      cash: "1",
      lots,
      results: [{ code: "trading.too_large" }],
    });
    const dear = rulesSchema.parse({ fee_bps: 5000, half_spread_bps: 0, slippage_bps: 0 });
    const fees = { ...totalsOf("90000000000000000000", "0"), rules: dear };
    expect(sells("1000000000", { ...fees }).results[0]).toMatchObject({ code: "trading.too_large" });
    const lost = [0, 1].map((seq) => ({
      symbol: "A",
      round: 0,
      seq,
      quantity: "10000000000",
      cost: "60000000000000000000",
    }));
    expect(sells("1", { lots: lost }).results[0]).toMatchObject({ code: "trading.too_large" });
  });
});

/** Prices from 1e-9 to 1e9, and shares of an amount in hundredths. */
const anyPrice = fc
  .tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: -9, max: 5 }))
  .map(([digits, exponent]) => decimal(`${digits}e${exponent}`).toFixed());
const price = fc.oneof(anyPrice, fc.constantFrom("0.000000001", "1000000000"));
const anyCash = fc
  .tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: -8, max: 9 }))
  .map(([digits, exponent]) => decimal(`${digits}e${exponent}`).toFixed());
const cash = fc.oneof(anyCash, fc.constantFrom("500", "1000000000000"));
const bpsOf = (max: number) => fc.integer({ min: 0, max }).map(String);
const anyRules = fc.record({
  fee_bps: fc.oneof(fc.constant("10"), bpsOf(9999)),
  half_spread_bps: fc.oneof(fc.constant("2"), bpsOf(4999)),
  slippage_bps: fc.oneof(fc.constant("3"), bpsOf(4999)),
  min_order: fc.constantFrom("0", "1", "0.000001"),
});
/** What an agent orders in a round: as much as it can, or a share of it. */
const intent = fc.record({
  side: fc.constantFrom("buy" as const, "sell" as const),
  at: fc.integer({ min: 0, max: 1 }),
  percent: fc.constantFrom(100, 100, 50, 7),
});
const roundOf = fc.record({
  prices: fc.tuple(price, price),
  intents: fc.array(intent, { maxLength: 4 }),
});
const symbols = ["BTC-USDT", "ETH-USDT"] as const;
type Intent = typeof intent extends fc.Arbitrary<infer T> ? T : never;

function ordersOf(account: { cash: string; positions: Readonly<Record<string, string>> }, intents: readonly Intent[]) {
  return intents.map(({ side, at, percent }) => {
    const symbol = symbols[at] ?? symbols[0];
    const all = decimal(side === "buy" ? account.cash : (account.positions[symbol] ?? "0"));
    return {
      side,
      symbol,
      amount: all
        .times(decimal(String(percent)))
        .times(decimal("0.01"))
        .round(8, 0)
        .toFixed(),
    };
  });
}

test("in the core, nothing throws and every number fits its column, at any prices", () => {
  fc.assert(
    fc.property(cash, anyRules, fc.array(roundOf, { minLength: 2, maxLength: 12 }), (start, given, rounds) => {
      const played = rulesSchema.parse(given);
      let account = { cash: start, positions: {} as Readonly<Record<string, string>> };
      let lots: Parameters<typeof fillOrders>[0]["lots"] = [];
      const totals = { fees: "0", realizedProfit: "0" };
      rounds.forEach(({ prices, intents }, round) => {
        const mids = Object.fromEntries(symbols.map((symbol, i) => [symbol, prices[i] ?? "1"]));
        const verdicts = checkOrders({
          account,
          orders: ordersOf(account, intents),
          prices: mids,
          rules: played,
          limits: null,
          symbols,
        });
        const orders = verdicts.flatMap(({ seq, order, state }) => (state === "open" ? [{ seq, ...order }] : []));
        const worth = Object.entries(account.positions).reduce(
          (sum, [symbol, q]) => sum.plus(decimal(q).times(decimal(mids[symbol] ?? "0"))),
          decimal(account.cash),
        );
        // Such a round is skipped before anything is filled.
        if (!isStorable(worth)) return;
        const out = fillOrders({
          account,
          lots,
          orders,
          round,
          rules: played,
          totals,
          quote: Object.fromEntries(Object.entries(mids).map(([symbol, mid]) => [symbol, { bid: mid, ask: mid, mid }])),
        });
        for (const result of out.results) {
          if (result.kind === "refused") continue;
          const { quantity, fee, cashChange, realizedProfit } = result;
          expect(isStorable(...[quantity, fee, cashChange, realizedProfit ?? "0"].map(decimal))).toBe(true);
          totals.fees = decimal(totals.fees).plus(decimal(fee)).toFixed();
          totals.realizedProfit = decimal(totals.realizedProfit)
            .plus(decimal(realizedProfit ?? "0"))
            .toFixed();
        }
        const held = Object.values(out.positions);
        const inLots = out.lots.flatMap((lot) => [lot.quantity, lot.cost]);
        expect(isStorable(...[out.cash, ...held, ...inLots, totals.fees, totals.realizedProfit].map(decimal))).toBe(
          true,
        );
        const after =
          held.length === 0
            ? decimal(out.cash)
            : Object.entries(out.positions).reduce(
                (sum, [symbol, q]) => sum.plus(decimal(q).times(decimal(mids[symbol] ?? "0"))),
                decimal(out.cash),
              );
        expect(after.lte(worth)).toBe(true);
        account = { cash: out.cash, positions: out.positions };
        lots = out.lots;
      });
    }),
    { numRuns: 1500 },
  );
});

describe("through the whole round, on a real database", () => {
  let db: TestDatabase;
  let clock: TestClock;
  beforeEach(async () => {
    db = await openTestDatabase();
    clock = await testClock(db.query);
  });
  afterEach(() => db.close());

  /** Plays the rounds. Returns what the database refused. */
  async function play(
    start: string,
    given: object,
    rounds: readonly { readonly prices: readonly string[]; readonly intents: readonly Intent[] }[],
  ): Promise<string[]> {
    const cup: World = await world(db.query, { entries: 1, rounds: rounds.length });
    await db.query(`update tournaments set starting_cash = $2, rules = rules || $3::jsonb where id = $1`, [
      cup.id,
      start,
      JSON.stringify(given),
    ]);
    await db.query(`update entries set cash = $2 where tournament_id = $1`, [cup.id, start]);
    for (const [n, { prices }] of rounds.entries())
      for (const [i, symbol] of symbols.entries())
        await db.query(
          `update candles set open = $4::numeric, high = $4::numeric, low = $4::numeric, close = $4::numeric
           where source_id = $1 and symbol = $2 and open_at = to_timestamp($3::float8 / 1000)`,
          [cup.source, symbol, cup.due(n), prices[i]],
        );
    const refused: string[] = [];
    const run = inProcess(async (text, params) => {
      try {
        return await db.query(text, params);
      } catch (error) {
        refused.push(`${sqlState(error)} ${String(error)}`);
        throw error;
      }
    });
    const [entry] = cup.entries;
    for (const [n, { intents }] of rounds.entries()) {
      run.answer(entry?.id ?? "", ({ view }) => ({
        kind: "choice",
        choice: { orders: ordersOf(view.account, intents), reasoning: "", confidence: 1 },
        recovered: false,
      }));
      await clock.set(cup.due(n));
      await advance(run.ports, cup.id);
      run.queued.push({
        queue: "agents",
        message: { type: "decide", tournament_id: cup.id, entry_ids: [entry?.id ?? ""] },
      });
      await run.drain(3);
      await clock.set(cup.due(n) + 150_000);
      await advance(run.ports, cup.id);
      await run.drain(3);
      await advance(run.ports, cup.id);
    }
    return refused;
  }

  const hard = (prices: readonly [string, string], ...intents: Intent[]) => ({ prices, intents });
  const all = (side: Intent["side"]): Intent => ({ side, at: 0, percent: 100 });
  test("the hardest case by hand: cash of 1e12, a coin of 1e-9, and then of 1e9", async () => {
    const rounds = [
      hard(["0.000000001", "1"], all("buy")),
      hard(["0.000000001", "1"], { ...all("buy"), percent: 7 }),
      hard(["0.000000001", "1"], all("sell")),
      hard(["0.000000001", "1"], { ...all("buy"), percent: 7 }),
      hard(["1000000000", "1"], all("sell")),
      hard(["0.000000001", "1"], all("sell")),
    ];
    expect(await play("1000000000000", {}, rounds)).toEqual([]);
    expect(
      await db.query(
        `select code, refused_at, count(*) as n from orders where state = 'refused' group by 1, 2 order by 2`,
      ),
    ).toEqual([
      { code: "trading.too_large", refused_at: "decision", n: 1 },
      { code: "trading.too_large", refused_at: "fill", n: 1 },
    ]);
    expect(await db.query(`select coalesce(skip_reason, state) as s from rounds where number = 4`)).toEqual([
      { s: "market.unusable" },
    ]);
    expect(await checkLedger(db.query)).toMatchObject({ ok: true, errors: [] });
  });

  test("every order of any legal tournament fills or has a code, and the ledger agrees", async () => {
    await fc.assert(
      fc.asyncProperty(
        cash,
        anyRules,
        fc.array(roundOf, { minLength: 2, maxLength: 5 }),
        async (start, given, rounds) => {
          expect(await play(start, given, rounds)).toEqual([]);
          expect(await count(db.query, "orders where state = 'open'")).toBe(0);
          expect(await count(db.query, "orders where state = 'refused' and code not like 'trading.%'")).toBe(0);
          expect(await count(db.query, "rounds where state not in ('settled', 'skipped')")).toBe(0);
          expect(await count(db.query, "rounds where skip_reason <> 'market.unusable'")).toBe(0);
          expect(await checkLedger(db.query)).toMatchObject({ ok: true, errors: [] });
          await db.query(`truncate tournaments, candle_sources, agents cascade`);
        },
      ),
      { numRuns: 25 },
    );
  }, 120_000);
});
