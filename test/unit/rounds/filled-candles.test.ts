/** A filled candle stands for an interval without trades. It values holdings, and no order fills on it. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { checkLedger } from "../../../src/ledger/check-ledger.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(() => db.close());
afterAll(closeTestServer);

test("an order on a filled candle is refused, and the ledger check demands the refusal", async () => {
  const cup = await world(db.query, { entries: 1, rounds: 3, market: "replay" });
  const run = inProcess(db.query);
  const id = cup.entries[0]?.id ?? "";
  const side = (round: number) => (round === 1 ? "sell" : "buy");
  run.answer(id, ({ view }) => ({
    kind: "choice",
    choice: {
      orders: [
        { side: side(view.round), symbol: "BTC-USDT", amount: view.round === 1 ? "0.1" : "50" },
        { side: "buy", symbol: "ETH-USDT", amount: "20" },
      ],
      reasoning: "",
      confidence: 1,
    },
    recovered: false,
  }));
  await db.query(
    `update candles set filled = true where source_id = $1 and symbol = 'BTC-USDT' and open_at >= to_timestamp($2::float8 / 1000)`,
    [cup.source, cup.due(1)],
  );
  await advance(run.ports, cup.id);
  await run.drain(100);

  const orders = await db.query(
    `select r.number, o.symbol, o.side, o.state, o.code, o.refused_at from orders o join rounds r on r.id = o.round_id order by 1, o.seq`,
  );
  const refused = { symbol: "BTC-USDT", state: "refused", code: "trading.no_market", refused_at: "fill" };
  const filled = { state: "filled", code: null, refused_at: null };
  const eth = { ...filled, symbol: "ETH-USDT", side: "buy" };
  expect(orders).toEqual([
    { ...filled, number: 0, symbol: "BTC-USDT", side: "buy" },
    { ...eth, number: 0 },
    { ...refused, number: 1, side: "sell" },
    { ...eth, number: 1 },
    { ...refused, number: 2, side: "buy" },
    { ...eth, number: 2 },
  ]);
  const quotes = await db.query(
    `select r.number, q.symbol, q.filled from quotes q join rounds r on r.id = q.round_id order by 1, 2`,
  );
  expect(quotes.map(({ filled: mark }) => mark)).toEqual([false, false, true, false, true, false]);
  expect(await checkLedger(db.query)).toMatchObject({ ok: true, errors: [] });

  // The ledger finds a quote without its candle's mark. It also finds the refusals that this quote does not justify.
  await db.query(`update quotes set filled = false where symbol = 'BTC-USDT'`);
  const wrong = await checkLedger(db.query);
  expect(wrong.errors.map(({ sentence }) => sentence)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(
        /^quotes\.filled of round 1, BTC-USDT is false where true follows from the mark of candles/,
      ),
      expect.stringMatching(/^orders\.state of round 1, .*, order 0 is refused where filled follows at the fill/),
    ]),
  );
});
