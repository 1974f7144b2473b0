import fc from "fast-check";
import { expect, test } from "vitest";
import { checkOrders as settle } from "../../../src/core/checks.ts";
import { fillOrders } from "../../../src/core/fills.ts";
import { rulesSchema } from "../../../src/core/rules.ts";
import { Book } from "../../../src/ledger/book.ts";
import { exact, zero } from "../../../src/ledger/decimals.ts";
import { fillOrder } from "../../../src/ledger/fill.ts";
import { checkOrders } from "../../../src/ledger/order-check.ts";
import type { EntryRow, OrderRow } from "../../../src/ledger/rows.ts";
import { ledgerRules } from "../../../src/ledger/rules.ts";
import { money, symbols } from "../../support/ledger/script.ts";

/** The game and the ledger implement the same rules independently. On random rounds both must get the same orders, fills, lots and cash. */
const amount = fc
  .oneof(fc.bigInt(0n, 10n ** 6n), fc.bigInt(0n, 2n * 10n ** 8n), fc.bigInt(0n, 6n * 10n ** 10n))
  .map((units) => money(units));
const price = fc.oneof(fc.bigInt(1n, 1000n), fc.bigInt(1000n, 10n ** 10n)).map((units) => money(units, 5));
const prices = fc
  .tuple(price, price, price)
  .map((three) => Object.fromEntries(symbols.map((symbol, at) => [symbol, three[at] ?? "1"])));
const intent = fc.record({
  side: fc.constantFrom("buy", "sell"),
  symbol: fc.constantFrom(...symbols),
  amount,
  all: fc.boolean(),
});
const round = fc.record({
  closes: prices,
  move: fc.integer({ min: -200, max: 200 }),
  orders: fc.array(intent, { maxLength: 4 }),
});
const share = fc.integer({ min: 0, max: 100 }).map((percent) => (percent / 100).toFixed(2));
const limits = fc.option(
  fc.record({
    risk_score: share,
    max_position_share: share,
    cash_reserve_share: share,
    max_trades_per_round: fc.integer({ min: 0, max: 4 }),
  }),
);

const entry: EntryRow = {
  id: "e",
  name: "e",
  agent_id: "a",
  has_agent: true,
  baseline: false,
  limits: null,
  first_round: 0,
  last_round: null,

  cash: "0",
  version: 0,
  recoveries: 0,
  trades_count: 0,
  closed_trades: 0,
  winning_trades: 0,
  fees: "0",
  realized_profit: "0",
};

test("the settlement and the ledger agree on random rounds, to the last digit", () => {
  let fills = 0;
  let refusals = 0;
  fc.assert(
    fc.property(
      fc.array(round, { minLength: 1, maxLength: 6 }),
      limits,
      fc.constantFrom("0", "0.1", "1"),
      (rounds, limit, minimum) => {
        const rules = rulesSchema.parse({ min_order: minimum });
        const own = ledgerRules(rules);
        const book = new Book({ ...entry, limits: limit }, exact("500"));
        let account: { cash: string; positions: Readonly<Record<string, string>> } = { cash: "500", positions: {} };
        let lots: Parameters<typeof fillOrders>[0]["lots"] = [];
        rounds.forEach(({ closes, move, orders }, number) => {
          const wanted = orders.map(({ all, ...order }) => ({
            ...order,
            amount: !all
              ? order.amount
              : order.side === "buy"
                ? account.cash
                : (account.positions[order.symbol] ?? order.amount),
          }));
          const checked = settle({ account, orders: wanted, prices: closes, rules, limits: limit, symbols });
          const rows = checked.map(
            ({ seq, order, state, code }): OrderRow => ({
              round: "r",
              entry: "e",
              seq,
              side: order.side,
              symbol: order.symbol,
              amount: order.amount,
              state,
              code: code ?? null,
              refused_at: state === "refused" ? "decision" : null,
            }),
          );
          const closesExact = new Map(Object.entries(closes).map(([symbol, text]) => [symbol, exact(text)]));
          const verdicts = checkOrders({
            holdings: book,
            orders: rows,
            symbols,
            closes: closesExact,
            rules: own,
            limits: book.limits,
          });
          expect(verdicts.map((verdict) => verdict.code)).toEqual(rows.map((row) => row.code));

          const mids = new Map(
            [...closesExact].map(([symbol, close]) => [
              symbol,
              close.times(exact(String(10_000 + move))).times(exact("0.0001")),
            ]),
          );
          const quote = Object.fromEntries(
            [...mids].map(([symbol, mid]) => [symbol, { bid: mid.toFixed(), ask: mid.toFixed(), mid: mid.toFixed() }]),
          );
          const open = rows.filter((row) => row.state === "open");
          const settled = fillOrders({ account, lots, orders: open, round: number, quote, rules });
          open.forEach((row, at) => {
            const mid = mids.get(row.symbol);
            const fill = fillOrder(
              book,
              { ...row, amount: exact(row.amount) },
              mid === undefined ? undefined : { mid },
              own,
            );
            const theirs = settled.results[at];
            if (fill.kind === "refused") {
              refusals++;
              expect(theirs).toEqual({ seq: row.seq, kind: "refused", code: fill.code });
              return;
            }
            fills++;
            const booked = book.apply(row.side, row.symbol, fill, number, row.seq);
            expect(theirs).toEqual({
              seq: row.seq,
              kind: "filled",
              quantity: fill.quantity.toFixed(),
              price: fill.price.toFixed(),
              fee: fill.fee.toFixed(),
              cashChange: booked.cashChange.toFixed(),
              realizedProfit: booked.profit?.toFixed() ?? null,
            });
          });
          ({ lots } = settled);
          account = { cash: settled.cash, positions: settled.positions };
          expect(account.cash).toBe(book.cash.toFixed());
          expect(account.positions).toEqual(
            Object.fromEntries(
              [...book.held].filter(([, q]) => q.gt(zero)).map(([symbol, q]) => [symbol, q.toFixed()]),
            ),
          );
          const key = (lot: { symbol: string; round: number; seq: number }) => `${lot.symbol} ${lot.round} ${lot.seq}`;
          const ours = [...book.lots].flatMap(([symbol, some]) =>
            some.map((lot) => ({
              symbol,
              round: lot.round,
              seq: lot.seq,
              quantity: lot.quantity.toFixed(),
              cost: lot.cost.toFixed(),
            })),
          );
          expect([...lots].sort((a, b) => (key(a) < key(b) ? -1 : 1))).toEqual(
            ours.sort((a, b) => (key(a) < key(b) ? -1 : 1)),
          );
        });
      },
    ),
    { seed: 11, numRuns: 500 },
  );
  expect(fills).toBeGreaterThan(300);
  expect(refusals).toBeGreaterThan(0);
});

test("an entry that is worth nothing has returns of zero from then on, as the settlement stores them", () => {
  const book = new Book(entry, exact("1"));
  for (const equity of ["0", "0", "0.5"]) book.mark(exact(equity));
  expect([book.returns, book.maxDrawdown]).toEqual([3, -1]);
  expect(book.mean).toBeCloseTo(-1 / 3, 12);
});
