/**
 * Notes that somebody looks at an open round that waits for agents from outside. Time in which nobody looked is time in which
 * the platform was away: a replay's agents get it back, and a miss of such a round counts against no agent.
 */
import type { Query } from "../../query.ts";

/** Looks are at most this far apart while all is well. */
const GAP_SECONDS = 25;

const WATCH = `
update rounds r set watched_at = n.now,
  away_ms = away_ms + case when n.gap > interval '${GAP_SECONDS} seconds' then (agonus_ms(n.now) - agonus_ms(r.watched_at))::int else 0 end,
  answers_until = answers_until + case when n.gap > interval '${GAP_SECONDS} seconds' then n.gap else interval '0' end
from (select id, agonus_now() as now, agonus_now() - watched_at as gap from rounds where id = $1 offset 0) n
where r.id = n.id and r.state = 'open' and n.gap > interval '3 seconds'
returning agonus_ms(r.answers_until) as answers_until_ms`;

/** Until when a replay's round waits now. Null where nothing changed, and for a live round. */
export async function watchRound(query: Query, roundId: string): Promise<number | null> {
  const [row] = await query<{ answers_until_ms: number | null }>(WATCH, [roundId]);
  return row?.answers_until_ms ?? null;
}
