/** A tournament's row as the API reads it, with how far it is. */
import type { MarketName } from "../../../core/venue-names.ts";
import { STUCK } from "../rounds/stuck.ts";

export type TournamentRow = {
  id: string;
  name: string;
  status: "upcoming" | "live" | "paused" | "completed" | "cancelled";
  market: MarketName;
  candle_source_id: string;
  /** Seconds that pass on the market in one of ours. */
  market_clock: number;
  /** To the key of its market; null for candles that have none. */
  market_commitment: string | null;
  /** Null before the key may be shown. */
  market_key: string | null;
  /** The market's seed. A replay's own seed may be another. */
  market_seed: string | null;
  symbols: string[];
  interval_seconds: number;
  starts_at: string;
  ends_at: string;
  starting_cash: string;
  rules: Record<string, unknown>;
  rules_hash: string;
  prize_pool: string;
  /** Whose practice it is. Null for a tournament that everybody sees. */
  practice_of: string | null;
  created_at: string;
  started_at: string | null;
  paused_at: string | null;
  resumed_at: string | null;
  ended_at: string | null;
  ended_reason: string | null;
  /** Baselines among them. */
  entries: number;
  baselines: number;
  round_number: number | null;
  round_state: string | null;
  round_due_at: string | null;
  stuck_since: string | null;
  winner_entry_id: string | null;
  winner_agent_id: string | null;
  winner_agent: string | null;
  /** What the server's own check found; null before it has run. */
  check_verdict: "exact" | "wrong" | "too_large" | null;
  check_hash: string | null;
  check_values: number | null;
  check_failures: number | null;
  checked_at: string | null;
};

/**
 * A key may be shown once its candles were nobody's: at the end of some tournament no other one that had not ended was on them.
 * From then on it is known; who goes on them later knows that.
 */
const OPENED = `exists (
    select from tournaments c where c.candle_source_id = t.candle_source_id and c.ended_at is not null
      and not exists (select from tournaments o where o.candle_source_id = c.candle_source_id
        and o.created_at <= c.ended_at and (o.ended_at is null or o.ended_at > c.ended_at)))`;

export const SELECT_TOURNAMENT = `
select t.id, t.name, t.status, t.market, t.candle_source_id, s.market_clock, k.commitment as market_commitment,
  case when k.source_id is not null and t.ended_at is not null and ${OPENED} then k.key end as market_key,
  s.state->>'seed' as market_seed, t.symbols, t.interval_seconds, t.starts_at, t.ends_at,
  trim_scale(t.starting_cash)::text as starting_cash, t.rules, t.rules_hash, trim_scale(t.prize_pool)::text as prize_pool, t.practice_of,
  t.created_at, t.started_at, t.paused_at, t.resumed_at, t.ended_at, t.ended_reason,
  size.entries, size.baselines,
  r.number as round_number, r.state as round_state, r.due_at as round_due_at, stuck.since as stuck_since,
  w.id as winner_entry_id, w.agent_id as winner_agent_id, w.agent_name as winner_agent,
  v.verdict as check_verdict, v.hash as check_hash, v.checked as check_values, v.failures as check_failures, v.checked_at
from tournaments t
join candle_sources s on s.id = t.candle_source_id
left join market_keys k on k.source_id = s.id
cross join lateral (
  select count(*)::int as entries, count(*) filter (where e.baseline)::int as baselines
  from entries e where e.tournament_id = t.id) size
left join lateral (select * from rounds where tournament_id = t.id order by number desc limit 1) r on true
${STUCK}
left join tournament_checks v on v.tournament_id = t.id
left join entries w on w.id = t.winner_entry_id`;
