/** How long an open round still waits for a decision, and how long it does so in all. */
import type { Query } from "../../query.ts";

export type CallTime = {
  number: number;
  market: string;
  interval_seconds: number;
  left_ms: number;
  window_ms: number;
};

// A live round takes decisions from its due time to its deadline, a replay's round from its opening to answers_until.
const TIME = `
select r.number, t.market, t.interval_seconds, agonus_ms(e.until) - agonus_ms(agonus_now()) as left_ms,
  agonus_ms(e.until) - agonus_ms(case when t.market = 'replay' then r.opened_at else r.due_at end) as window_ms
from rounds r join tournaments t on t.id = r.tournament_id
cross join lateral (select least(r.deadline_at, r.answers_until) as until) e
where r.id = $1 and r.state = 'open' and agonus_now() < e.until`;

/** Null where the round takes no decision any more. */
export async function readCallTime(query: Query, roundId: string): Promise<CallTime | null> {
  const [row] = await query<CallTime>(TIME, [roundId]);
  return row ?? null;
}
