/** Equity of every entry at settled rounds, thinned: the chart's lines. */
import type { Query } from "../../query.ts";

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

export type EquityLine = { id: string; agent_id: string; agent_name: string; baseline: boolean };

const SHOWN = `
with best as (
  select e.id, e.agent_id, e.agent_name, e.baseline from entries e
  left join equity_points p on p.tournament_id = $1 and p.round = $3 and p.entry_id = e.id
  where e.tournament_id = $1 and ($2::uuid is null or e.agent_id = $2)
  order by e.baseline desc, p.rank, e.id limit $4)
select * from best order by id`;

/** The best `limit` entries after a round, every baseline first among them, in the order in which they joined. */
export async function readEquityLines(
  query: Query,
  tournamentId: string,
  agentId: string | null,
  lastRound: number,
  limit: number,
): Promise<EquityLine[]> {
  return query<EquityLine>(SHOWN, [tournamentId, agentId, lastRound, limit]);
}

/** `points`: "place value" by comma, the place being the entry's in the list that was asked for. */
export type EquityColumn = { round: number; points: string };

// By round, as the primary key lies, and in no order within: putting lines together by entry would sort them all, which
// took three times as long (1,000 entries, 288 rounds).
const COLUMNS = `
with line as (select value::uuid as id, ordinality - 1 as place from jsonb_array_elements_text($3::jsonb) with ordinality)
select p.round, string_agg(l.place || ' ' || trunc(p.equity, $4), ',') as points
from jsonb_array_elements_text($2::jsonb) as k(round)
join equity_points p on p.tournament_id = $1 and p.round = k.round::int
join line l on l.id = p.entry_id
group by p.round`;

/** Equity to so many decimal places. */
export async function readEquityColumns(
  query: Query,
  tournamentId: string,
  rounds: readonly number[],
  entryIds: readonly string[],
  places: number,
): Promise<EquityColumn[]> {
  return query<EquityColumn>(COLUMNS, [tournamentId, JSON.stringify(rounds), JSON.stringify(entryIds), places]);
}
