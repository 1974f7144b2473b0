/** Checks the structure of a round's decisions and orders, and repeats the check of each order. */
import type { Book } from "./book.ts";
import { checkOrders, type Verdict } from "./order-check.ts";
import type { RoundPrices } from "./prices.ts";
import type { DecisionRow, DetailKey, OrderRow, RoundRow } from "./rows.ts";
import { bookOf, grouped, nameOf, type State } from "./state.ts";

export interface RoundOrders {
  readonly decisions: readonly DecisionRow[];
  readonly details: readonly DetailKey[];
  readonly orders: readonly OrderRow[];
}

/** Returns by entry, in sequence, the orders that the repeated check accepts. */
export function checkDecisions(
  state: State,
  round: RoundRow,
  prices: RoundPrices,
  rows: RoundOrders,
): Map<string, readonly OrderRow[]> {
  const { report } = state;
  const accepted = new Map<string, readonly OrderRow[]>();
  const decided = new Set(rows.decisions.map((decision) => decision.entry));
  const detailed = new Set(rows.details.map((detail) => detail.entry));
  const orders = grouped(rows.orders, (order) => order.entry);
  const count = rows.decisions.length;
  const place = { table: "rounds", key: `round ${round.number}` };
  report.holds(
    place,
    count <= round.participants,
    `at least ${count}`,
    String(round.participants),
    "has more decisions than participants",
  );
  for (const entry of [...detailed, ...orders.keys()]) {
    const row = { table: "decisions", key: `round ${round.number}, ${nameOf(state, entry)}` };
    if (!decided.has(entry)) report.once(row, "a row", null, "is missing, but has details or orders");
  }
  for (const decision of rows.decisions) {
    const row = { table: "decisions", key: `round ${round.number}, ${nameOf(state, decision.entry)}` };
    const book = bookOf(state, decision.entry, row);
    const details = { ...row, table: "decision_details" };
    if (round.details_dropped)
      report.holds(details, !detailed.has(decision.entry), null, "a row", "is there after the round's were dropped");
    else report.holds(details, detailed.has(decision.entry), "a row", null, "is missing");
    const own = orders.get(decision.entry) ?? [];
    report.same(row, "order_count", own.length, decision.order_count, "from the orders stored");
    report.same(row, "outcome", own.length > 0 ? "made" : "held", decision.outcome, "from the orders stored");
    const numbers = new Set(own.map((order) => order.seq));
    const last = Math.max(decision.order_count, ...own.map((order) => order.seq + 1));
    for (let seq = 0; seq < last; seq++)
      report.holds({ table: "orders", key: `${row.key}, order ${seq}` }, numbers.has(seq), "a row", null, "is missing");
    if (!book) continue;
    report.holds(
      row,
      book.takesPart(round.number),
      null,
      decision.outcome,
      "was made by an entry that takes no part in the round",
    );
    checkVersion(state, row.key, book, decision);
    accepted.set(decision.entry, repeatChecks(state, round, prices, book, own));
  }
  return accepted;
}

/** Each recovery raised the version. So the recoveries that a version implies can only grow, up to the entry's count. */
function checkVersion(state: State, key: string, book: Book, decision: DecisionRow): void {
  const recovered = decision.version - book.version;
  const possible = recovered >= book.recovered && recovered <= book.entry.recoveries;
  const from = book.version + book.recovered;
  const to = book.version + book.entry.recoveries;
  state.report.holds(
    { table: "decisions", key },
    possible,
    `${from} to ${to}`,
    String(decision.version),
    "was decided upon a version that the entry can't have had",
  );
  if (possible) book.recovered = recovered;
}

function repeatChecks(
  state: State,
  round: RoundRow,
  prices: RoundPrices,
  book: Book,
  orders: readonly OrderRow[],
): readonly OrderRow[] {
  // A missing snapshot was reported. Without its prices the check can't be repeated, so the rows' own codes are taken.
  const verdicts: Verdict[] =
    prices.closes === null
      ? orders.map((order) => ({ order, code: order.refused_at === "decision" ? order.code : null, checkable: false }))
      : checkOrders({
          holdings: book,
          orders,
          symbols: state.tournament.symbols,
          closes: prices.closes,
          rules: state.rules,
          limits: book.limits,
        });
  for (const { order, code, checkable } of verdicts) {
    if (!checkable) continue;
    const key = `round ${round.number}, ${book.entry.name}, order ${order.seq}`;
    const found = order.refused_at === "decision" ? order.code : null;
    state.report.same({ table: "orders", key }, "code", code, found, "from the check of the decision");
  }
  const accepted = verdicts.filter((verdict) => verdict.code === null).map((verdict) => verdict.order);
  if (accepted.length > 0) book.version++;
  return accepted;
}
