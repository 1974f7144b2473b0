/** Everything that `advance` must know of a tournament: its frozen settings, its last round, what that round owes. */
import type { MarketName } from "../../../core/venue-names.ts";
import type { Query } from "../../query.ts";
import type { CandleSource } from "../markets/read-candle-source.ts";
import { ITS_TASK } from "../tasks/of-key.ts";

export interface Look {
  readonly tournament_id: string;
  readonly status: "upcoming" | "live" | "paused" | "completed" | "cancelled";
  readonly market: MarketName;
  readonly candle_source_id: string;
  readonly source_kind: CandleSource["kind"];
  readonly source_interval_seconds: number;
  readonly source_last_open_ms: number;
  readonly symbols: string[];
  readonly interval_seconds: number;
  readonly rules: Record<string, unknown>;
  /** Epoch milliseconds, all of them; by the database's clock. */
  readonly now_ms: number;
  readonly starts_ms: number;
  readonly ends_ms: number;
  readonly started_ms: number | null;
  readonly paused_ms: number | null;
  readonly resumed_ms: number | null;
  /** Since Beat's last tick; null before its first. */
  readonly beat_age_ms: number | null;
  /** The round with the highest number; null before the first. */
  readonly round_id: string | null;
  readonly number: number | null;
  readonly state: "open" | "closed" | "quoted" | "settled" | "skipped" | null;
  readonly due_ms: number | null;
  readonly closed_ms: number | null;
  readonly participants: number | null;
  readonly sent_ms: number | null;
  readonly sends: number | null;
  /** A sending of its decisions that is not through: the last entry that was sent. */
  readonly sent_to: string | null;
  /** Decisions, stored or tasks by then, that will be there when all that was sent is answered. */
  readonly sent_count: number;
  readonly deadline_passed: boolean | null;
  /** Decisions stored, while it is open. */
  readonly decided: number;
  /** Participants without one whose decision is a task, while it is open: they think, or their first attempt failed. */
  readonly as_tasks: number;
  /** How many of these have no attempt left. */
  readonly spent: number;
  /** When the next of its models begins that was not sent yet, while the round is open. Epoch milliseconds. */
  readonly begins_ms: number | null;
  /** Tasks of agents from outside and of webhooks that have not ended, while the round is open or just closed. */
  readonly held: number;
  /** Replay: until when the open round waits for those agents. */
  readonly answers_until_ms: number | null;
  /** Orders owed a fill, while it is quoted. */
  readonly owes_fills: boolean;
}

const LOOK = `
select t.id as tournament_id, t.status, t.market, t.candle_source_id, s.kind as source_kind,
  s.interval_seconds as source_interval_seconds, agonus_ms(s.last_open_at) as source_last_open_ms, t.symbols, t.interval_seconds, t.rules,
  agonus_ms(agonus_now()) as now_ms, (select agonus_ms(agonus_now()) - agonus_ms(beat_at) from clocks where name = 'beat') as beat_age_ms,
  agonus_ms(t.starts_at) as starts_ms, agonus_ms(t.ends_at) as ends_ms, agonus_ms(t.started_at) as started_ms,
  agonus_ms(t.paused_at) as paused_ms, agonus_ms(t.resumed_at) as resumed_ms,
  r.id as round_id, r.number, r.state, agonus_ms(r.due_at) as due_ms, agonus_ms(r.closed_at) as closed_ms, r.participants, agonus_ms(r.sent_at) as sent_ms, r.sends, r.sent_to,
  coalesce(r.sent_count, 0) as sent_count,
  agonus_now() >= r.deadline_at as deadline_passed,
  case when r.state = 'open' then (select count(*) from decisions d where d.round_id = r.id) else 0 end as decided,
  own.as_tasks, own.spent, own.held, agonus_ms(own.begins_at) as begins_ms, agonus_ms(r.answers_until) as answers_until_ms,
  r.state = 'quoted' and exists (select from orders o where o.round_id = r.id and o.state = 'open') as owes_fills
from tournaments t
join candle_sources s on s.id = t.candle_source_id
left join lateral (select * from rounds where tournament_id = t.id order by number desc limit 1) r on true
cross join lateral (
  select case when r.state = 'open' then count(*) else 0 end as as_tasks,
    case when r.state = 'open' then count(*) filter (where x.state in ('FAILURE', 'REVOKED')) else 0 end as spent,
    count(*) filter (where e.kind = 'webhook' and x.state in ('PENDING', 'STARTED', 'RETRY')
      or e.kind = 'outside' and x.state in ('PENDING', 'RETRY')) as held,
    min(x.due_at) filter (where r.state = 'open' and e.kind = 'llm' and x.state = 'PENDING' and x.sent_at is null
      and x.due_at < agonus_held()) as begins_at
  from task_keys k ${ITS_TASK} left join entries e on e.id = x.entry_id
  where r.state in ('open', 'closed') and agonus_is_decision_of(k.key, r.id)
    and not exists (select from decisions d where d.round_id = r.id and d.entry_id = x.entry_id)) own
where t.id = $1`;

export async function lookAtTournament(query: Query, tournamentId: string): Promise<Look | null> {
  const [row] = await query<Look & Record<string, unknown>>(LOOK, [tournamentId]);
  return row ? { ...row, owes_fills: row.owes_fills === true } : null;
}
