/** Records that a consumer lives, and what it took since its last report. Consumers unseen for a day are forgotten. */
import type { Query } from "../../query.ts";

const SEEN = `
with gone as (delete from consumers where last_seen_at < agonus_now() - interval '1 day' and id <> $1)
insert into consumers (id, code_version, batches, tasks) values ($1, $2, $3::jsonb, $4)
on conflict (id) do update set last_seen_at = agonus_now(), code_version = excluded.code_version,
  tasks = consumers.tasks + excluded.tasks,
  batches = (select coalesce(jsonb_object_agg(queue, n), '{}') from (
    select key as queue, sum(value::int) as n
    from (select * from jsonb_each_text(consumers.batches) union all select * from jsonb_each_text(excluded.batches)) b
    group by key) s)`;

export async function storeSeen(
  query: Query,
  id: string,
  codeVersion: string,
  batches: Record<string, number>,
  tasks: number,
): Promise<void> {
  await query(SEEN, [id, codeVersion, JSON.stringify(batches), tasks]);
}
