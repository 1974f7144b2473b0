/** A tournament's row as the API reads it, with how far it is. */
export type TournamentRow = {
  id: string;
  name: string;
  status: "upcoming" | "live" | "paused" | "completed" | "cancelled";
  market: "synthetic" | "replay";
  candle_source_id: string;
  symbols: string[];
  interval_seconds: number;
  starts_at: string;
  ends_at: string;
  starting_cash: string;
  rules: Record<string, unknown>;
  rules_hash: string;
  prize_pool: string;
  created_at: string;
  started_at: string | null;
  paused_at: string | null;
  resumed_at: string | null;
  ended_at: string | null;
  entries: number;
  round_number: number | null;
  round_state: string | null;
  round_due_at: string | null;
  winner_entry_id: string | null;
  winner_agent_id: string | null;
  winner_agent: string | null;
};

export const SELECT_TOURNAMENT = `
select t.id, t.name, t.status, t.market, t.candle_source_id, t.symbols, t.interval_seconds, t.starts_at, t.ends_at,
  trim_scale(t.starting_cash)::text as starting_cash, t.rules, t.rules_hash, trim_scale(t.prize_pool)::text as prize_pool,
  t.created_at, t.started_at, t.paused_at, t.resumed_at, t.ended_at,
  (select count(*)::int from entries e where e.tournament_id = t.id) as entries,
  r.number as round_number, r.state as round_state, r.due_at as round_due_at,
  w.id as winner_entry_id, w.agent_id as winner_agent_id, w.agent_name as winner_agent
from tournaments t
left join lateral (select number, state, due_at from rounds where tournament_id = t.id order by number desc limit 1) r on true
left join entries w on w.id = t.winner_entry_id`;
