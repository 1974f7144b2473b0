/** An operator's settings of a queue. Pausing a paused queue changes who and why, not when the pause began. */
import type { Query } from "../../query.ts";

const PAUSE = `
with control as (
  insert into queue_controls (queue, paused_at, paused_by, pause_reason) values ($1, agonus_now(), $2, $3)
  on conflict (queue) do update set paused_at = coalesce(queue_controls.paused_at, excluded.paused_at),
    paused_by = excluded.paused_by, pause_reason = excluded.pause_reason
  returning paused_at)
insert into queue_pauses (queue, paused_at, paused_by, reason) select $1, paused_at, $2, $3 from control
on conflict (queue) where resumed_at is null do update set paused_by = excluded.paused_by, reason = excluded.reason`;

/** Later claims get no task of the queue. Tasks that are running go on. */
export async function pauseQueue(query: Query, queue: string, by: string, reason: string | null): Promise<void> {
  await query(PAUSE, [queue, by, reason]);
}

const RESUME = `
with ended as (update queue_pauses set resumed_at = agonus_now() where queue = $1 and resumed_at is null),
control as (
  update queue_controls set paused_at = null, paused_by = null, pause_reason = null
  where queue = $1 and paused_at is not null returning 1)
select count(*) as resumed from control`;

/** False when the queue was not paused. */
export async function resumeQueue(query: Query, queue: string): Promise<boolean> {
  const [row] = await query<{ resumed: number }>(RESUME, [queue]);
  return (row?.resumed ?? 0) > 0;
}

/**
 * `maxRunning` counts over all consumers, handed-over tasks included. Null removes the limit. Tasks that run above a
 * new limit go on.
 */
export async function limitQueue(query: Query, queue: string, maxRunning: number | null): Promise<void> {
  await query(
    `insert into queue_controls (queue, max_running) values ($1, $2)
     on conflict (queue) do update set max_running = excluded.max_running`,
    [queue, maxRunning],
  );
}

export async function isPaused(query: Query, queue: string): Promise<boolean> {
  const rows = await query(`select 1 as paused from queue_controls where queue = $1 and paused_at is not null`, [
    queue,
  ]);
  return rows.length > 0;
}

// Takes the last sending back. A live round then sends again at the step that passed last; replays and fills send at
// once.
const OWE = `
update rounds set sent_at = null, sends = greatest(0, sends - 1), sent_to = null
where state = case $1 when 'agents' then 'open' when 'trading' then 'quoted' end returning tournament_id`;

/** Makes what rounds owe on a resumed queue due for sending now. Returns their tournaments. */
export async function roundsToSend(query: Query, queue: string): Promise<string[]> {
  const rows = await query<{ tournament_id: string }>(OWE, [queue]);
  return rows.map((row) => row.tournament_id);
}
