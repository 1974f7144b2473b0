/** The state of a check while it goes through the rounds: the rules, and the books of all entries. Also names rows in words. */
import { Book } from "./book.ts";
import { exact } from "./decimals.ts";
import type { Report, RowName } from "./report.ts";
import type { Head, TournamentRow } from "./rows.ts";
import { type LedgerRules, ledgerRules } from "./rules.ts";

export interface State {
  readonly report: Report;
  readonly tournament: TournamentRow;
  readonly rules: LedgerRules;
  readonly books: ReadonlyMap<string, Book>;
  /** The number that the next round must have. */
  nextRound: number;
}

export function newState(report: Report, tournament: TournamentRow, head: Head): State {
  const cash = exact(tournament.starting_cash);
  const books = new Map(head.entries.map((entry) => [entry.id, new Book(entry, cash)]));
  return { report, tournament, rules: ledgerRules(tournament.rules), books, nextRound: 0 };
}

export function nameOf(state: State, entryId: string): string {
  return state.books.get(entryId)?.entry.name ?? `entry ${entryId}`;
}

/** The book of the entry that a row points to. A missing entry is reported as an error of the table entries. */
export function bookOf(state: State, entryId: string, row: RowName): Book | undefined {
  const book = state.books.get(entryId);
  if (!book)
    state.report.once(
      { table: "entries", key: entryId },
      "a row",
      null,
      `is missing, but ${row.table} of ${row.key} points to it`,
    );
  return book;
}

/** Microseconds as a time: "2026-07-15T00:05:00.000Z". */
export function isoTime(micros: number): string {
  return new Date(micros / 1000).toISOString();
}

export function grouped<T>(rows: readonly T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return groups;
}
