/** The result of a tournament as canonical lines, in the order in which they are hashed. */
import { canonicalRows, type HashedRows, noRows } from "../core/tournament-hash.ts";
import type { Query } from "../db/query.ts";
import { newestRound, readResultRows } from "../db/statements/tournaments/result-rows.ts";

/** The order of the lines: all decisions, then all orders, trades and equities. */
const KINDS = ["decisions", "orders", "trades", "equity"] as const satisfies readonly (keyof HashedRows)[];
const ROUNDS_A_READ = 200;

/** Reads span by span, so that a long tournament is never in memory as a whole. */
export async function* resultLines(query: Query, tournamentId: string): AsyncGenerator<string> {
  const last = await newestRound(query, tournamentId);
  for (const kind of KINDS) {
    for (let from = 0; from <= last; from += ROUNDS_A_READ) {
      const span = { from, to: from + ROUNDS_A_READ - 1 };
      yield* canonicalRows({ ...noRows, [kind]: await readResultRows[kind](query, tournamentId, span) });
    }
  }
}
