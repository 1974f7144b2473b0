/** What an operator should look at now: each kind of trouble as one small look by index, in one statement. */
import { z } from "zod";
import { limits } from "../../../core/limits.ts";
import type { Query } from "../../query.ts";
import { FATE, REAL, RECOVERIES } from "../recoveries/list.ts";

/** How far back ticks, recoveries and errors are looked at. */
export const ATTENTION_MINUTES = 60;

/** The most paused tournaments that are named, the newest pauses first. */
const PAUSED_MAX = 20;

const SINCE = `(agonus_now() - interval '${ATTENTION_MINUTES} minutes')`;

// A tick that an operator's pause skipped is no trouble: the pause itself is in the list. Nor is a recovery that has
// succeeded, and that an operator asked for or held up by a pause.
const LOOK = `
with late as (
  select s.schedule, count(*)::int as ticks, max(k.due_at) as last_due_at, (array_agg(k.outcome order by k.due_at desc))[1] as outcome
  from unnest($1::text[]) s(schedule) join ticks k on k.schedule = s.schedule and k.due_at >= ${SINCE}
  where k.outcome <> 'fired' and coalesce(k.reason, '') not like 'paused by %' group by 1),
recovered as (
  select ${FATE} as fate, v.cause = 'operator' or held.by_pause as by_operator from ${RECOVERIES} where ${REAL} and v.id >= agonus_uuid_at(${SINCE}) and v.detected_at >= ${SINCE}),
silent as (
  select count(distinct c.id)::int as consumers, count(*)::int as tasks from consumers c
  join tasks t on t.consumer = c.id and t.state = 'STARTED'
  where c.last_seen_at <= agonus_now() - interval '${limits.aliveSeconds} seconds' and t.lease_until < agonus_now()),
waiting as (
  select q.queue, w.seconds, exists (select from consumers c where c.batches ? q.queue
    and c.last_seen_at > agonus_now() - interval '60 seconds') as is_consumed
  from unnest($2::text[]) q(queue) cross join lateral (
    select extract(epoch from agonus_now() - due_at)::float8 as seconds from tasks
    where queue = q.queue and state in ('PENDING', 'RETRY') and due_at <= agonus_now() order by due_at limit 1) w
  where w.seconds > $3 and not exists (select from queue_controls p where p.queue = q.queue and p.paused_at is not null))
select (select coalesce(jsonb_agg(to_jsonb(late) order by last_due_at desc), '[]') from late) as late_ticks,
  (select jsonb_build_object('mended', count(*) filter (where fate = 'back' and not by_operator), 'lost', count(*) filter (where fate = 'lost'),
    'under_way', count(*) filter (where fate = 'under_way')) from recovered) as recoveries,
  (select to_jsonb(silent) from silent) as silent,
  (select coalesce(jsonb_agg(to_jsonb(waiting)), '[]') from waiting) as waiting,
  (select coalesce(jsonb_agg(jsonb_build_object('queue', queue, 'since', paused_at, 'by', paused_by, 'reason', pause_reason)
    order by paused_at desc), '[]') from queue_controls where paused_at is not null) as paused_queues,
  (select coalesce(jsonb_agg(jsonb_build_object('schedule', schedule, 'since', paused_at, 'by', paused_by, 'reason', pause_reason)
    order by paused_at desc), '[]') from schedule_controls where paused_at is not null) as paused_schedules,
  (select coalesce(jsonb_agg(jsonb_build_object('tournament_id', id, 'tournament', name, 'since', paused_at) order by paused_at desc), '[]')
    from (select id, name, paused_at from tournaments where status = 'paused' order by paused_at desc limit ${PAUSED_MAX}) t) as paused_tournaments,
  (select count(*)::int from dead_letters where (outcome = 'resent' and redriven_at is null and received_at >= ${SINCE}) or outcome = 'kept') as dead_letters,
  (select count(*)::int from bulk_jobs where state = 'running') as bulk_running,
  (select count(*)::int from consumers where last_seen_at > agonus_now() - interval '${limits.aliveSeconds} seconds') as consumers_alive,
  (select greatest(0, coalesce(sum(tasks), 0))::int8 from task_counts where state in ('PENDING', 'STARTED', 'RETRY')) as open_tasks`;

const paused = { since: z.string(), by: z.string().nullable(), reason: z.string().nullable() };
const rowSchema = z.object({
  late_ticks: z.array(
    z.object({ schedule: z.string(), ticks: z.number(), last_due_at: z.string(), outcome: z.string() }),
  ),
  recoveries: z.object({ mended: z.number(), lost: z.number(), under_way: z.number() }),
  silent: z.object({ consumers: z.number(), tasks: z.number() }),
  waiting: z.array(z.object({ queue: z.string(), seconds: z.number(), is_consumed: z.boolean() })),
  paused_queues: z.array(z.object({ queue: z.string(), ...paused })),
  paused_schedules: z.array(z.object({ schedule: z.string(), ...paused })),
  paused_tournaments: z.array(z.object({ tournament_id: z.string(), tournament: z.string(), since: z.string() })),
  dead_letters: z.number(),
  bulk_running: z.number(),
  consumers_alive: z.number(),
  open_tasks: z.number(),
});
export type AttentionRow = z.infer<typeof rowSchema>;

/** `waitSeconds`: a queue whose oldest due task waits for longer needs a look. */
export async function readAttention(
  query: Query,
  schedules: readonly string[],
  queues: readonly string[],
  waitSeconds: number,
): Promise<AttentionRow> {
  const [row] = await query(LOOK, [schedules, queues, waitSeconds]);
  return rowSchema.parse(row);
}
