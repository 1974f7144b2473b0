/** Checks equity points, ranks and running figures of a round, and the winner. */
import type { Book } from "./book.ts";
import { type Decimal, down8, plain, zero } from "./decimals.ts";
import { worthOf } from "./order-check.ts";
import type { RoundPrices } from "./prices.ts";
import type { EquityRow, RoundRow } from "./rows.ts";
import { bookOf, nameOf, type State } from "./state.ts";

export function checkEquity(state: State, round: RoundRow, prices: RoundPrices, points: readonly EquityRow[]): void {
  const { report } = state;
  const stored = new Map(points.map((point) => [point.entry, point]));
  if (round.state === "settled") {
    const equities = new Map<Book, Decimal>();
    for (const book of state.books.values()) {
      // A missing price in the quote was reported. Without it, equity can't be computed.
      const marked = [...book.held.keys()].every((symbol) => prices.mids.has(symbol));
      if (book.takesPart(round.number) && marked) equities.set(book, down8(worthOf(book, prices.mids)));
    }
    const ranks = rank(equities);
    for (const [book, equity] of equities) {
      book.mark(equity);
      comparePoint(state, round, book, ranks.get(book) ?? null, stored.get(book.entry.id));
    }
  }
  for (const point of points) {
    const row = { table: "equity_points", key: `round ${round.number}, ${nameOf(state, point.entry)}` };
    const book = bookOf(state, point.entry, row);
    const due = round.state === "settled" && (book?.takesPart(round.number) ?? true);
    report.holds(row, due, null, point.equity, "is a point where none is due");
  }
}

/** An entry's rank is one more than the number of entries with a greater equity, baselines left out. Ties share a rank. */
function rank(equities: ReadonlyMap<Book, Decimal>): Map<Book, number> {
  const ranked = [...equities].filter(([book]) => !book.entry.baseline).sort(([, a], [, b]) => b.cmp(a));
  const ranks = new Map<Book, number>();
  let current = 1;
  let before: Decimal = zero;
  ranked.forEach(([book, equity], at) => {
    if (at > 0 && equity.lt(before)) current = at + 1;
    ranks.set(book, current);
    before = equity;
  });
  return ranks;
}

function comparePoint(
  state: State,
  round: RoundRow,
  book: Book,
  rank: number | null,
  point: EquityRow | undefined,
): void {
  const { report } = state;
  const row = { table: "equity_points", key: `round ${round.number}, ${book.entry.name}` };
  if (!point) {
    report.holds(row, false, plain(book.lastEquity), null, "is missing");
    return;
  }
  report.money(row, "equity", book.lastEquity, point.equity);
  report.same(row, "rank", rank, point.rank);
  report.money(row, "peak", book.peak, point.peak);
  report.float(row, "max_drawdown", book.maxDrawdown, point.max_drawdown);
  report.same(row, "returns_count", book.returns, point.returns_count);
  report.float(row, "returns_mean", book.mean, point.returns_mean);
  report.float(row, "returns_m2", book.m2, point.returns_m2, 1e-16);
}

/** Checks that the winner, if there is one, has the highest equity of the last settled round. */
export function checkWinner(state: State): void {
  const { report, tournament } = state;
  if (tournament.winner === null) return;
  const row = { table: "tournaments", key: tournament.id };
  const winner = bookOf(state, tournament.winner, row);
  if (!winner) return;
  report.holds(row, !winner.entry.baseline, null, winner.entry.name, "was won by a baseline, which never wins");
  const rivals = [...state.books.values()].filter(
    (book) => !book.entry.baseline && book.takesPart(tournament.last_settled) && book.lastEquity.gt(winner.lastEquity),
  );
  const best = rivals[0]?.entry.name ?? null;
  report.holds(row, rivals.length === 0, best, winner.entry.name, "names a winner who was not first in the last round");
}
