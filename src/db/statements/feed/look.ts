/** What the live feed reads at each step: the tournament's state, and its rounds from the last announced round on. */
import type { MarketName } from "../../../core/venue-names.ts";
import type { Query } from "../../query.ts";
import type { RoundRow } from "../rounds/list.ts";

export type FeedTournament = {
  status: "upcoming" | "live" | "paused" | "completed" | "cancelled";
  market: MarketName;
  interval_seconds: number;
  market_clock: number;
  starts_at: string;
  ends_at: string;
  started_at: string | null;
  paused_at: string | null;
  resumed_at: string | null;
  ended_at: string | null;
  ended_reason: string | null;
  entries: number;
  winner_agent_id: string | null;
  winner_agent: string | null;
  last_round: number | null;
  last_settled: number | null;
  /** When the standings changed last. */
  marked_at: string | null;
};

const TOURNAMENT = `
select t.status, t.market, t.interval_seconds, s.market_clock, t.starts_at, t.ends_at, t.started_at, t.paused_at, t.resumed_at, t.ended_at,
  t.ended_reason,
  (select count(*)::int from entries e where e.tournament_id = t.id) as entries,
  w.agent_id as winner_agent_id, w.agent_name as winner_agent,
  (select max(number) from rounds r where r.tournament_id = t.id) as last_round,
  (select number from rounds r where r.tournament_id = t.id and r.state = 'settled' order by number desc limit 1) as last_settled,
  (select max(marked_at) from standings s where s.tournament_id = t.id) as marked_at
from tournaments t join candle_sources s on s.id = t.candle_source_id
left join entries w on w.id = t.winner_entry_id where t.id = $1`;

export async function readFeedTournament(query: Query, tournamentId: string): Promise<FeedTournament | null> {
  const [row] = await query<FeedTournament>(TOURNAMENT, [tournamentId]);
  return row ?? null;
}

export type FeedRound = RoundRow & { made: number; held: number };

const ROUNDS = `
select r.id, r.number, r.state, r.skip_reason, r.due_at, r.deadline_at, r.participants, r.opened_at, r.closed_at, r.quoted_at,
  r.settled_at, d.made, d.held
from rounds r cross join lateral (
  select (count(*) filter (where outcome = 'made'))::int as made, (count(*) filter (where outcome = 'held'))::int as held
  from decisions where round_id = r.id) d
where r.tournament_id = $1 and r.number >= $2 order by r.number limit $3`;

export async function readFeedRounds(
  query: Query,
  tournamentId: string,
  from: number,
  limit: number,
): Promise<FeedRound[]> {
  return query<FeedRound>(ROUNDS, [tournamentId, from, limit]);
}

/** The agents whose decision in the round is stored. The content stays hidden while the round is open. */
export async function readDecided(query: Query, roundId: string): Promise<string[]> {
  const rows = await query<{ agent_id: string }>(
    // Sorted by entry, because the order of storage would show who decided first.
    `select e.agent_id from decisions d join entries e on e.id = d.entry_id where d.round_id = $1 order by d.entry_id`,
    [roundId],
  );
  return rows.map((row) => row.agent_id);
}
