/** Works out the fill of every accepted order of a round at its quote, and compares it with the order's state and its trade. */
import type { Book } from "./book.ts";
import { type Decimal, exact } from "./decimals.ts";
import { type Fill, type FillPrice, type FillResult, fillOrder } from "./fill.ts";
import type { RoundPrices } from "./prices.ts";
import type { OrderRow, RoundRow, TradeRow } from "./rows.ts";
import { nameOf, type State } from "./state.ts";

/** Why a round may be skipped after its decisions: nothing can be settled at its prices, or nobody can believe them. */
const DROPS: readonly string[] = ["market.unusable", "market.stale", "market.doubtful"];

export function settleOrders(
  state: State,
  round: RoundRow,
  prices: RoundPrices,
  accepted: ReadonlyMap<string, readonly OrderRow[]>,
  rows: readonly TradeRow[],
): void {
  const trades = new Map(rows.map((trade) => [`${trade.entry} ${trade.seq}`, trade]));
  for (const [entry, orders] of accepted) {
    const book = state.books.get(entry);
    if (!book || orders.length === 0) continue;
    if (!isSettled(state, round, book, orders)) continue;
    book.version++;
    for (const order of orders) {
      const key = `${entry} ${order.seq}`;
      if (settleOne(state, round, prices, book, order, trades.get(key))) trades.delete(key);
    }
  }
  for (const trade of trades.values()) {
    const key = `round ${round.number}, ${nameOf(state, trade.entry)}, order ${trade.seq}`;
    state.report.holds(
      { table: "trades", key },
      false,
      null,
      trade.quantity,
      "is a trade where no fill follows from the orders",
    );
  }
}

/**
 * Whether this entry's orders have been filled. While a round is quoted, the orders of an entry settle in one statement, all or
 * none. If the tournament is then cancelled, or the round can't be settled at its prices, the round is skipped, and the orders
 * that were not yet settled are dropped.
 */
function isSettled(state: State, round: RoundRow, book: Book, orders: readonly OrderRow[]): boolean {
  const { report, tournament } = state;
  if (round.state === "settled") return true;
  const cancelled =
    round.state === "skipped" && (tournament.status === "cancelled" || DROPS.includes(round.skip_reason ?? ""));
  const waits = (order: OrderRow) => order.state === "open" || order.state === "dropped";
  if ((round.state === "quoted" || cancelled) && !orders.some(waits)) return true;
  const waiting = cancelled ? "dropped" : "open";
  // Dropping orders changes the entry's orders, so it raises the entry's version.
  if (cancelled) book.version++;
  for (const order of orders) {
    const row = { table: "orders", key: `round ${round.number}, ${book.entry.name}, order ${order.seq}` };
    const says = `is ${order.state} in a round that is ${round.state}`;
    report.holds(row, order.state === waiting, waiting, order.state, says);
  }
  return false;
}

function priceOf({ mids, books }: RoundPrices, symbol: string): FillPrice | undefined {
  const mid = mids.get(symbol);
  return mid === undefined ? undefined : { mid, book: books.get(symbol) };
}

/** Returns whether the order must have a trade. */
function settleOne(
  state: State,
  round: RoundRow,
  prices: RoundPrices,
  book: Book,
  order: OrderRow,
  trade: TradeRow | undefined,
): boolean {
  const { report } = state;
  const key = `round ${round.number}, ${book.entry.name}, order ${order.seq}`;
  const row = { table: "orders", key };
  const intent = { side: order.side, symbol: order.symbol, amount: exact(order.amount) };
  const worked: FillResult = prices.filled.has(order.symbol)
    ? { kind: "refused", code: "trading.no_market" }
    : fillOrder(book, intent, priceOf(prices, order.symbol), state.rules);
  const fill: FillResult =
    worked.kind === "refused" || book.fitsColumns(order.side, order.symbol, worked)
      ? worked
      : { kind: "refused", code: "trading.too_large" };
  report.same(row, "state", fill.kind, order.state, "at the fill");
  if (fill.kind === "refused") {
    report.same(row, "code", fill.code, order.code, "at the fill");
    report.same(row, "refused_at", "fill", order.refused_at);
    return false;
  }
  const booked = book.apply(order.side, order.symbol, fill, round.number, order.seq);
  if (trade) compareTrade(state, key, order, fill, booked, trade);
  else report.holds({ table: "trades", key }, false, "a row", null, "is missing");
  return true;
}

function compareTrade(
  state: State,
  key: string,
  order: OrderRow,
  fill: Fill,
  booked: { cashChange: Decimal; profit: Decimal | null },
  trade: TradeRow,
): void {
  const { report } = state;
  const row = { table: "trades", key };
  report.same(row, "tournament_id", state.tournament.id, trade.tournament);
  report.same(row, "side", order.side, trade.side, "from its order");
  report.same(row, "symbol", order.symbol, trade.symbol, "from its order");
  report.money(row, "quantity", fill.quantity, trade.quantity);
  report.money(row, "price", fill.price, trade.price);
  report.money(row, "fee", fill.fee, trade.fee);
  report.money(row, "cash_change", booked.cashChange, trade.cash_change);
  if (booked.profit === null) report.same(row, "realized_profit", null, trade.realized_profit, "from a buy");
  else report.money(row, "realized_profit", booked.profit, trade.realized_profit);
}
