/** Equity of every entry at settled rounds, thinned: the chart's lines. */
import type { Query } from "../query.ts";

export type EquityRounds = { number: number; due_at: string; total: number };

// Every k-th settled round counted from the last one, and the first.
const ROUNDS = `
with settled as (
  select number, due_at, row_number() over (order by number desc) as back, count(*) over ()::int as total
  from rounds where tournament_id = $1 and state = 'settled' and number >= $2)
select number, due_at, total from settled
where (back - 1) % ceil(total / ($3::int - 1)::numeric)::int = 0 or back = total
order by number`;

export async function readEquityRounds(
  query: Query,
  tournamentId: string,
  fromRound: number,
  maxPoints: number,
): Promise<EquityRounds[]> {
  return query<EquityRounds>(ROUNDS, [tournamentId, fromRound, maxPoints]);
}

/** `points` are joined by commas, and begin at the round `first`: from there on an entry has one at each settled round. */
export type EquityLine = {
  agent_id: string;
  agent_name: string;
  baseline: boolean;
  first: number | null;
  points: string;
};

const LINES = `
with shown as (
  select e.id, e.agent_id, e.agent_name, e.baseline from entries e
  left join equity_points p on p.tournament_id = $1 and p.round = $5 and p.entry_id = e.id
  where e.tournament_id = $1 and ($3::uuid is null or e.agent_id = $3)
  order by e.baseline desc, p.rank, e.id limit $4),
lines as (
  select p.entry_id, min(p.round) as first, string_agg(trunc(p.equity, $6)::text, ',' order by p.round) as points
  from jsonb_array_elements_text($2::jsonb) as k(round)
  join equity_points p on p.tournament_id = $1 and p.round = k.round::int
  join shown s on s.id = p.entry_id
  group by p.entry_id)
select s.agent_id, s.agent_name, s.baseline, l.first, coalesce(l.points, '') as points
from shown s left join lines l on l.entry_id = s.id order by s.id`;

/** Of the best `limit` entries, baselines first among them, in the order in which they joined. */
export async function readEquityLines(
  query: Query,
  tournamentId: string,
  which: {
    readonly rounds: readonly number[];
    readonly agentId: string | null;
    readonly limit: number;
    /** Decimal places that are kept. */
    readonly places: number;
  },
): Promise<EquityLine[]> {
  return query<EquityLine>(LINES, [
    tournamentId,
    JSON.stringify(which.rounds),
    which.agentId,
    which.limit,
    which.rounds.at(-1) ?? -1,
    which.places,
  ]);
}
