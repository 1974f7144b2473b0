/** The states of schedules: clocks read them before they fire, and operators see them. */
import type { Query } from "../../query.ts";

export type ScheduleState = {
  readonly schedule: string;
  readonly paused_at: string | null;
  readonly paused_by: string | null;
  readonly pause_reason: string | null;
  /** The due time of the last tick that a clock recorded, in epoch milliseconds. */
  readonly last_due_ms: number | null;
  readonly last_outcome: string | null;
  readonly last_reason: string | null;
  readonly last_fired_by: string | null;
  readonly last_fired_at: string | null;
  readonly last_task_id: string | null;
  readonly last_task_state: string | null;
  /** The newest run by an operator. */
  readonly by_hand_at: string | null;
  readonly by_hand_task_id: string | null;
  readonly by_hand_task_state: string | null;
  /** The newest run that waits or runs, and the key it holds. */
  readonly unfinished_task: string | null;
  readonly unfinished_key: string | null;
};

/**
 * The run that has not ended is looked for among so many of a schedule's newest runs. A schedule starts no run while its previous
 * one is unfinished, so only runs by hand can be newer than that one. All runs of a day would be up to 2,880.
 */
const RUNS_LOOKED_AT = 20;

// An operator's run is in the ledger too. No clock owed that tick, so the run doesn't count as the last tick.
const STATES = `
select s.schedule, c.paused_at, c.paused_by, c.pause_reason,
  agonus_ms(k.due_at) as last_due_ms, k.outcome as last_outcome, k.reason as last_reason, k.fired_by as last_fired_by,
  k.fired_at as last_fired_at, k.task_id as last_task_id, t.state as last_task_state,
  h.fired_at as by_hand_at, h.task_id as by_hand_task_id, ht.state as by_hand_task_state,
  u.id as unfinished_task, u.key as unfinished_key
from unnest($1::text[]) s(schedule)
left join schedule_controls c on c.schedule = s.schedule
left join lateral (select * from ticks where schedule = s.schedule and fired_by <> 'operator' order by due_at desc limit 1) k on true
left join tasks t on t.id = k.task_id
left join lateral (
  select * from ticks where schedule = s.schedule and fired_by = 'operator' and due_at > agonus_now() - interval '1 day'
  order by due_at desc limit 1) h on true
left join tasks ht on ht.id = h.task_id
left join lateral (
  select x.id, x.key from (
    select task_id, due_at from ticks
    where schedule = s.schedule and task_id is not null and due_at > agonus_now() - interval '1 day'
    order by due_at desc limit ${RUNS_LOOKED_AT}) y
  join tasks x on x.id = y.task_id
  where x.state in ('PENDING', 'STARTED', 'RETRY') order by y.due_at desc limit 1) u on true`;

export async function readScheduleStates(query: Query, names: readonly string[]): Promise<Map<string, ScheduleState>> {
  const rows = await query<ScheduleState>(STATES, [names]);
  return new Map(rows.map((row) => [row.schedule, row]));
}
