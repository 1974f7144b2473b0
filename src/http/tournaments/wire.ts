/** A tournament as it goes over the wire. */
import { CodedError } from "../../core/error-codes.ts";
import { roundCount } from "../../core/phases.ts";
import type { Query } from "../../db/query.ts";
import type { TournamentRow } from "../../db/statements/tournaments/columns.ts";
import { readTournament } from "../../db/statements/tournaments/read.ts";
import type { HttpContext } from "../context.ts";
import { seesAll } from "../session/caller.ts";

export async function requireTournament(query: Query, id: string): Promise<TournamentRow> {
  const row = await readTournament(query, id);
  if (!row) throw new CodedError("tournament.not_found");
  return row;
}

/** The tournament as it stands after the request's change. */
export async function tournamentAnswer(c: HttpContext, id: string) {
  return wireTournament(await requireTournament(c.get("deps").query, id), seesAll(c));
}

export function wireTournament(row: TournamentRow, operator: boolean) {
  const { seed, ...rules } = row.rules;
  // A seed without the market's key tells no price, but it tells the choices of the random baseline.
  const secret = row.market !== "replay" && row.ended_at === null && !operator;
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    market: row.market,
    symbols: row.symbols,
    interval_seconds: row.interval_seconds,
    market_clock: row.market_clock,
    starts_at: row.starts_at,
    ends_at: row.ends_at,
    starting_cash: row.starting_cash,
    prize_pool: row.prize_pool,
    rules: secret ? rules : row.rules,
    rules_hash: row.rules_hash,
    market_commitment: row.market_commitment,
    market_opening: row.market_key === null ? null : { key: row.market_key, seed: row.market_seed },
    candle_source: row.candle_source_id,
    /** Agents and baselines together. */
    entries: row.entries,
    baselines: row.baselines,
    rounds: roundCount(Date.parse(row.starts_at), Date.parse(row.ends_at), row.interval_seconds),
    current_round:
      row.round_number === null ? null : { number: row.round_number, state: row.round_state, due_at: row.round_due_at },
    winner:
      row.winner_agent_id === null
        ? null
        : { entry_id: row.winner_entry_id, agent_id: row.winner_agent_id, agent: row.winner_agent },
    /** The result's hash, and the verdict of the ledger that recomputed it. Null before that check has run. */
    result:
      row.check_verdict === null
        ? null
        : {
            verdict: row.check_verdict,
            hash: row.check_hash,
            checked: row.check_values,
            failures: row.check_failures,
            checked_at: row.checked_at,
          },
    created_at: row.created_at,
    started_at: row.started_at,
    paused_at: row.paused_at,
    resumed_at: row.resumed_at,
    ended_at: row.ended_at,
    /** Why it was cancelled, when no operator did it. */
    ended_reason: row.ended_reason,
    /** Since when its round has not moved: see round.stuck. */
    stuck_since: row.stuck_since,
  };
}
