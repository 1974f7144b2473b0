/**
 * The ledger check: an independent reader. From orders, quotes and rules alone it works out every fill, fee, cash, position,
 * lot, equity point and rank again, and repeats the checks of orders. It compares all of them with the stored rows, to the
 * last digit. It shares only the tables and the library of decimals with the rest of the code.
 */
import type { Query } from "../db/query.ts";
import { checkWinner } from "./equity.ts";
import { checkParentless, checkRoundless } from "./orphans.ts";
import { listTournaments, readHead, readPage } from "./read.ts";
import { type LedgerError, Report } from "./report.ts";
import { checkRounds } from "./round.ts";
import { newState } from "./state.ts";
import { checkTotals } from "./totals.ts";

export type { LedgerError } from "./report.ts";

export interface LedgerOptions {
  /** Without it, all tournaments are checked, and the rows that belong to none. */
  readonly tournamentId?: string;
  /** "only": checks only the rows that belong to no tournament. */
  readonly strays?: "only";
  /** Called after every page of rounds. `rounds`: how many settled rounds there are to check. */
  readonly onProgress?: (progress: { tournamentId: string; done: number; rounds: number }) => void;
}

export interface LedgerResult {
  readonly ok: boolean;
  /** How many values and facts were compared. */
  readonly checked: number;
  /** How many of them were wrong; `errors` lists the first 200. */
  readonly failures: number;
  readonly errors: readonly LedgerError[];
}

const ROUNDS_A_PAGE = 50;
/** About how many rows of one table are in memory at once. */
const ROWS_A_PAGE = 50_000;

/** Checks the ledger. It throws only what the database throws. */
export async function checkLedger(query: Query, options: LedgerOptions = {}): Promise<LedgerResult> {
  const report = new Report();
  const { tournamentId } = options;
  if (tournamentId === undefined) await checkParentless(query, report);
  const chosen = tournamentId === undefined ? await listTournaments(query) : [{ id: tournamentId }];
  if (options.strays !== "only") for (const { id } of chosen) await checkTournament(query, report, id, options);
  const { checked, failures, errors } = report;
  return { ok: failures === 0, checked, failures, errors };
}

async function checkTournament(query: Query, report: Report, id: string, options: LedgerOptions): Promise<void> {
  const head = await readHead(query, id);
  const { tournament } = head;
  if (!tournament) {
    report.once({ table: "tournaments", key: id }, "a row", null, "is missing");
    return;
  }
  const source = { table: "candle_sources", key: tournament.source };
  report.holds(source, tournament.base_seconds !== null, "a row", null, `is missing, the market of tournament ${id}`);
  const state = newState(report, tournament, head);
  const rounds = tournament.last_settled + 1;
  const limit = Math.max(1, Math.min(ROUNDS_A_PAGE, Math.floor(ROWS_A_PAGE / Math.max(1, head.entries.length))));
  for (let last = -1; ; ) {
    const page = await readPage(query, id, last, tournament.last_settled, limit);
    checkRounds(state, page);
    last = page.rounds.at(-1)?.number ?? tournament.last_settled;
    options.onProgress?.({ tournamentId: id, done: last + 1, rounds });
    if (last >= tournament.last_settled) break;
  }
  checkRounds(state, head.tail);
  checkTotals(state, head);
  checkWinner(state);
  await checkRoundless(query, report, id);
}
