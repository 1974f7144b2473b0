/** A schedule's ticks, newest first. */
import type { Query } from "../../query.ts";

export type ListedTick = {
  due_at: string;
  outcome: string;
  reason: string | null;
  fired_by: string;
  fired_at: string;
  task_id: string | null;
  task_state: string | null;
};

/** `before` is an ISO time; null on the first page. */
export async function listTicks(
  query: Query,
  filter: { schedule: string; outcome: string | null; before: string | null; limit: number },
): Promise<ListedTick[]> {
  return query<ListedTick>(
    `select k.due_at, k.outcome, k.reason, k.fired_by, k.fired_at, k.task_id, t.state as task_state
       from ticks k left join tasks t on t.id = k.task_id
      where k.schedule = $1 and ($2::text is null or k.outcome = $2) and ($3::timestamptz is null or k.due_at < $3)
      order by k.due_at desc limit $4`,
    [filter.schedule, filter.outcome, filter.before, filter.limit],
  );
}

export async function nowMs(query: Query): Promise<number> {
  const [row] = await query<{ now_ms: number }>(`select agonus_ms(agonus_now()) as now_ms`);
  if (!row) throw new Error("the database did not say its time");
  return row.now_ms;
}
