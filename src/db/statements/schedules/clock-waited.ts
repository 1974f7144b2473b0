/** For how many seconds a clock that has never ticked has been waited for. The first call starts the count. */
import type { Query } from "../../query.ts";

const WAITED = `
with asked as (insert into clocks (name, beat_at) values ('waited_for', agonus_now()) on conflict do nothing)
select extract(epoch from agonus_now() - beat_at)::float8 as seconds from clocks where name = 'waited_for'`;

export async function secondsWaited(query: Query): Promise<number> {
  const [row] = await query<{ seconds: number }>(WAITED);
  return row?.seconds ?? 0;
}
