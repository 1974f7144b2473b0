/** Tasks that run, wait for their time, or wait in a queue: read from partial indexes on open states. */
import { queueNames } from "../../../core/tasks/queues.ts";
import type { Query } from "../../query.ts";

export type ActiveRow = {
  task_id: string;
  name: string;
  queue: string;
  args: Record<string, unknown>;
  attempt: number;
  max_attempts: number;
  tournament_id: string | null;
  entry_id: string | null;
  consumer: string | null;
  progress: number | null;
  cancel_requested: boolean;
  /** When this attempt was claimed. */
  claimed_at: string | null;
  runtime_seconds: number | null;
  heartbeat_age_seconds: number | null;
  lease_until: string;
  /** Negative: it ran out, and the sweep takes it back. */
  lease_seconds: number;
  correlation_id: string | null;
};

// A claim's line is the last one of the history; heartbeats write none.
const ACTIVE = `
select t.id as task_id, t.name, t.queue, t.args, t.attempt, t.max_attempts, t.tournament_id, t.entry_id, t.consumer, t.progress,
  t.cancel_requested, c.claimed_at, extract(epoch from n.now - c.claimed_at)::float8 as runtime_seconds,
  extract(epoch from n.now - t.heartbeat_at)::float8 as heartbeat_age_seconds, t.lease_until,
  extract(epoch from t.lease_until - n.now)::float8 as lease_seconds, t.correlation_id
from tasks t cross join (select agonus_now() as now offset 0) n
cross join lateral (select (t.history->-1->>'at')::timestamptz as claimed_at) c
where t.state = 'STARTED' and ($1::text is null or t.queue = $1) and ($2::uuid is null or t.id > $2)
order by t.id limit $3`;

/** The longest known first. */
export async function activeTasks(
  query: Query,
  queue: string | null,
  after: string | null,
  limit: number,
): Promise<ActiveRow[]> {
  return query<ActiveRow>(ACTIVE, [queue, after, limit]);
}

export type WaitingRow = {
  task_id: string;
  name: string;
  queue: string;
  state: "PENDING" | "RETRY";
  args: Record<string, unknown>;
  attempt: number;
  max_attempts: number;
  tournament_id: string | null;
  entry_id: string | null;
  due_at: string;
  /** Until it is due; negative: for how long it has been. */
  due_in_seconds: number;
  sent_at: string | null;
  sends: number;
};

const waiting = (which: string) => `
select x.id as task_id, x.name, x.queue, x.state, x.args, x.attempt, x.max_attempts, x.tournament_id, x.entry_id, x.due_at,
  extract(epoch from x.due_at - n.now)::float8 as due_in_seconds, x.sent_at, x.sends
from unnest($1::text[]) q(queue) cross join (select agonus_now() as now offset 0) n
cross join lateral (
  select * from tasks t where t.queue = q.queue and t.state in ('PENDING', 'RETRY') and ${which}
    and ($2::timestamptz is null or (t.due_at, t.id) > ($2::timestamptz, $3::uuid))
  order by t.due_at, t.id limit $4) x
order by x.due_at, x.id limit $4`;

// A task that waits for an agent from outside is in no queue.
const SCHEDULED = waiting("t.due_at > n.now and t.due_at < agonus_held()");
const RESERVED = waiting("t.due_at <= n.now and t.sent_at is not null");

/** Not yet due (scheduled), or due and sent and not yet claimed (reserved): the earliest due first. */
export async function waitingTasks(
  query: Query,
  which: "scheduled" | "reserved",
  queue: string | null,
  after: readonly [string, string] | null,
  limit: number,
): Promise<WaitingRow[]> {
  return query<WaitingRow>(which === "scheduled" ? SCHEDULED : RESERVED, [
    queue === null ? queueNames : [queue],
    after?.[0] ?? null,
    after?.[1] ?? null,
    limit,
  ]);
}

export type CountRow = { name: string; queue: string; state: string; tasks: number };

/** By name, queue and state, from the roll-up. */
export async function allCounts(query: Query): Promise<CountRow[]> {
  return query<CountRow>(
    `select name, queue, state, sum(tasks)::int8 as tasks from task_counts group by 1, 2, 3 having sum(tasks) > 0 order by 1, 2, 3`,
  );
}

/** Answers that came too late, twice or from a stale object, and differed from the stored one: since ever. */
export async function countAllPrevented(query: Query): Promise<number> {
  const [row] = await query<{ n: number }>(
    `select coalesce(sum(prevented), 0)::int8 as n from entries where prevented > 0`,
  );
  return row?.n ?? 0;
}
