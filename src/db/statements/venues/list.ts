/** What is known of the venues: their addresses, the age of their newest candle, and what failed lately. */
import type { Query } from "../../query.ts";

export type VenueRow = {
  venue: string;
  answered_at: string | null;
  failed_at: string | null;
  blocked_until: string | null;
  clock_skew_ms: number | null;
  used_weight: number | null;
  listed_at: string | null;
  /** How many pairs are traded. */
  symbols: number;
  /** When the newest stored candle of any symbol closed, and how long ago. */
  last_candle_at: string | null;
  last_candle_age_seconds: number | null;
  /** Faults of the last hour. */
  faults: { kind: string; reason: string; count: number; last_at: string; status: number | null }[];
  /** Live tournaments on it. */
  tournaments: number;
};

const LIST = `
select v.venue, s.answered_at, s.failed_at, case when s.blocked_until > agonus_now() then s.blocked_until end as blocked_until,
  s.clock_skew_ms, s.used_weight, s.listed_at,
  (select count(*)::int from venue_symbols y where y.venue = v.venue and y.tradable) as symbols,
  c.at as last_candle_at, round(extract(epoch from agonus_now() - c.at)::numeric, 1)::float8 as last_candle_age_seconds,
  (select coalesce(jsonb_agg(jsonb_build_object('kind', f.kind, 'reason', f.reason, 'count', f.count, 'last_at', f.last_at,
      'status', f.status) order by f.last_at desc), '[]')
   from (select kind, reason, max(status) as status, count(*)::int as count, max(at) as last_at from venue_faults
     where venue = v.venue and at > agonus_now() - interval '1 hour' group by kind, reason) f) as faults,
  (select count(*)::int from tournaments t where t.market = v.venue and t.status = 'live') as tournaments
from unnest($1::text[]) with ordinality v(venue, place)
left join venue_states s on s.venue = v.venue
left join lateral (
  select max(last_open_at + make_interval(secs => interval_seconds)) as at from candle_sources
  where kind = v.venue and last_open_at > first_open_at) c on true
order by v.place`;

export async function listVenues(query: Query, venues: readonly string[]): Promise<VenueRow[]> {
  return query<VenueRow>(LIST, [venues]);
}

export type VenueHealthRow = Pick<VenueRow, "venue" | "clock_skew_ms" | "used_weight" | "blocked_until"> & {
  failing: boolean;
};

/** The health of the venues that live tournaments run on. */
export async function readVenueHealth(query: Query): Promise<VenueHealthRow[]> {
  return query<VenueHealthRow>(
    `select s.venue, s.clock_skew_ms, s.used_weight, case when s.blocked_until > agonus_now() then s.blocked_until end as blocked_until,
       coalesce(s.failed_at > s.answered_at, s.answered_at is null) as failing
     from venue_states s where exists (select from tournaments t where t.status = 'live' and t.market = s.venue) order by s.venue`,
  );
}
