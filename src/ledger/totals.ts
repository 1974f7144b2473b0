/** Compares the stored entries, positions and lots with the books at the end. */
import type { Book } from "./book.ts";
import { type Decimal, exact, plain, zero } from "./decimals.ts";
import type { Head, LotRow, PositionRow } from "./rows.ts";
import { grouped, type State } from "./state.ts";

export function checkTotals(state: State, head: Head): void {
  checkStartingCash(state);
  const positions = grouped(head.positions, (row) => row.entry);
  const lots = grouped(head.lots, (row) => row.entry);
  for (const book of state.books.values()) {
    checkEntry(state, book);
    checkPositions(state, book, positions.get(book.entry.id) ?? []);
    checkLots(state, book, lots.get(book.entry.id) ?? []);
  }
}

function checkEntry(state: State, book: Book): void {
  const { report } = state;
  const { entry } = book;
  const row = { table: "entries", key: entry.name };
  report.holds(
    { table: "agents", key: entry.agent_id },
    entry.has_agent,
    "a row",
    null,
    `is missing, the agent of ${entry.name}`,
  );
  report.money(row, "cash", book.cash, entry.cash);
  report.money(row, "fees", book.fees, entry.fees);
  report.money(row, "realized_profit", book.realized, entry.realized_profit);
  report.same(row, "trades_count", book.trades, entry.trades_count);
  report.same(row, "closed_trades", book.closed, entry.closed_trades);
  report.same(row, "winning_trades", book.winning, entry.winning_trades);
  const version = book.version + entry.recoveries;
  report.same(row, "version", version, entry.version, "from its orders, fills and recoveries");
}

function checkPositions(state: State, book: Book, rows: readonly PositionRow[]): void {
  const { report } = state;
  const stored = new Map(rows.map((row) => [row.symbol, row]));
  for (const symbol of new Set([...book.held.keys(), ...stored.keys()])) {
    const row = { table: "positions", key: `${book.entry.name}, ${symbol}` };
    compareRow(state, row, book.held.get(symbol), stored.get(symbol)?.quantity);
    const inLots = (book.lots.get(symbol) ?? []).reduce((sum, lot) => sum.plus(lot.quantity), zero);
    report.holds(row, inLots.eq(book.held.get(symbol) ?? zero), plain(inLots), null, "is not the sum of its lots");
  }
}

function checkLots(state: State, book: Book, rows: readonly LotRow[]): void {
  const keyOf = (symbol: string, round: number, seq: number) =>
    `${book.entry.name}, ${symbol}, round ${round}, order ${seq}`;
  const stored = new Map(rows.map((row) => [keyOf(row.symbol, row.round, row.seq), row]));
  const due = new Map(
    [...book.lots].flatMap(([symbol, lots]) => lots.map((lot) => [keyOf(symbol, lot.round, lot.seq), lot] as const)),
  );
  for (const key of new Set([...due.keys(), ...stored.keys()])) {
    const row = { table: "lots", key };
    const expected = due.get(key);
    const found = stored.get(key);
    compareRow(state, row, expected?.quantity, found?.quantity);
    if (expected && found) state.report.money(row, "cost", expected.cost, found.cost);
  }
}

function compareRow(
  state: State,
  row: { table: string; key: string },
  expected: Decimal | undefined,
  found: string | undefined,
): void {
  const { report } = state;
  if (expected && found !== undefined) report.money(row, "quantity", expected, found);
  else if (expected) report.holds(row, false, plain(expected), null, "is missing");
  else report.holds(row, false, null, found ?? null, "is a row where nothing is held");
}

/**
 * A wrong starting cash shows in every account alike. If the cash of all entries that never traded is off by the same amount,
 * the error is reported in the tournament's row, first of all.
 */
function checkStartingCash(state: State): void {
  const { report, tournament, books } = state;
  const idle = [...books.values()].filter((book) => book.trades === 0);
  const offs = (idle.length > 0 ? idle : [...books.values()]).map((book) => exact(book.entry.cash).minus(book.cash));
  const off = offs[0];
  report.checked++;
  if (!off || off.eq(zero) || offs.some((other) => !other.eq(off))) return;
  const expected = plain(exact(tournament.starting_cash).plus(off));
  const sentence = `tournaments.starting_cash of ${tournament.id} is ${tournament.starting_cash} where ${expected} follows from the cash of the entries.`;
  const row = { table: "tournaments", key: tournament.id, column: "starting_cash" };
  report.add({ ...row, expected, found: tournament.starting_cash, sentence }, true);
}
