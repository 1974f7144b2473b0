/** Rounds and replays that ended because nothing could be settled at their market's prices. */
import type { Query } from "../../query.ts";

export type UnusableRound = {
  tournament_id: string;
  tournament: string;
  /** Null: a replay that was cancelled before its round could open. */
  round: number | null;
  at: string;
};

// A live round has no other time than its own; a replay's is that of its candles.
const LIST = `
with hit as (
  select t.id as tournament_id, t.name as tournament, r.number as round,
    case when t.market = 'replay' then coalesce(t.ended_at, r.due_at) else r.due_at end as at
  from rounds r join tournaments t on t.id = r.tournament_id where r.skip_reason = 'market.unusable'
  union all
  select t.id, t.name, null, t.ended_at from tournaments t where t.ended_reason = 'market.unusable'
    and not exists (select from rounds r where r.tournament_id = t.id and r.skip_reason = 'market.unusable'))
select *, (count(*) over ())::int as total, min(at) over () as first_at from hit
where at >= greatest($1::timestamptz, agonus_now() - make_interval(hours => $2::int))
order by at desc, tournament_id limit $3`;

export interface UnusableRounds {
  readonly total: number;
  readonly firstAt: string | null;
  /** The newest first. */
  readonly rounds: readonly UnusableRound[];
}

export async function listUnusableRounds(
  query: Query,
  since: string | null,
  hours: number,
  most: number,
): Promise<UnusableRounds> {
  const rows = await query<UnusableRound & { total: number; first_at: string }>(LIST, [since, hours, most]);
  return {
    total: rows[0]?.total ?? 0,
    firstAt: rows[0]?.first_at ?? null,
    rounds: rows.map(({ total: _, first_at: __, ...round }) => round),
  };
}
