/** A tournament as it goes over the wire. */
import { CodedError } from "../core/error-codes.ts";
import { roundCount } from "../core/phases.ts";
import type { Query } from "../db/query.ts";
import { readTournament } from "../db/statements/api-read-tournament.ts";
import type { TournamentRow } from "../db/statements/api-tournaments.ts";
import type { HttpContext } from "./context.ts";

export async function requireTournament(query: Query, id: string): Promise<TournamentRow> {
  const row = await readTournament(query, id);
  if (!row) throw new CodedError("tournament.not_found");
  return row;
}

/** Read anew, as it stands after whatever the request did. */
export async function tournamentAnswer(c: HttpContext, id: string) {
  return wireTournament(await requireTournament(c.get("deps").query, id), c.get("operator"));
}

export function wireTournament(row: TournamentRow, operator: boolean) {
  const { seed, ...rules } = row.rules;
  // Whoever knows a synthetic market's seed can compute its prices to come.
  const secret = row.market === "synthetic" && row.ended_at === null && !operator;
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    market: row.market,
    symbols: row.symbols,
    interval_seconds: row.interval_seconds,
    starts_at: row.starts_at,
    ends_at: row.ends_at,
    starting_cash: row.starting_cash,
    prize_pool: row.prize_pool,
    rules: secret ? rules : row.rules,
    rules_hash: row.rules_hash,
    candle_source: row.candle_source_id,
    entries: row.entries,
    rounds: roundCount(Date.parse(row.starts_at), Date.parse(row.ends_at), row.interval_seconds),
    current_round:
      row.round_number === null ? null : { number: row.round_number, state: row.round_state, due_at: row.round_due_at },
    winner:
      row.winner_agent_id === null
        ? null
        : { entry_id: row.winner_entry_id, agent_id: row.winner_agent_id, agent: row.winner_agent },
    created_at: row.created_at,
    started_at: row.started_at,
    paused_at: row.paused_at,
    resumed_at: row.resumed_at,
    ended_at: row.ended_at,
  };
}
