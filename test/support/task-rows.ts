/** Writes many tasks over the partitions of several days, for tests of lists, searches and retention. */
import type { Query } from "../../src/db/query.ts";

export interface ManyTasks {
  readonly rows: number;
  /** How many days ago the oldest rows are. Each day has its partition. */
  readonly days: number;
  /** The newest day that gets rows. 0 is today. */
  readonly newestDay?: number;
}

/** A UUIDv7 of a moment in SQL, distinct for each `n`. */
const idAt = (moment: string, n: string) =>
  `(substr(agonus_uuid_at(${moment})::text, 1, 13) || '-7' || substr(md5(${n}::text), 1, 3) || '-8' || substr(md5(${n}::text), 4, 3)
    || '-' || substr(md5(${n}::text), 7, 12))::uuid`;

/**
 * In 1,000 rows, 950 are decisions that ended well, of 2,000 entries and ten tournaments; 20 are trades, 10 recoveries
 * that failed with one of seven errors, 1 was revoked, 1 waits, and the others are recoveries that ended well.
 */
export async function manyTasks(query: Query, { rows, days, newestDay = 0 }: ManyTasks): Promise<void> {
  for (let day = newestDay; day < days; day++) {
    await query(
      `do $$ declare d date := (agonus_now() at time zone 'UTC')::date - ${day}; begin
         if to_regclass('tasks_' || to_char(d, 'YYYYMMDD')) is null then
           execute format('create table %I partition of tasks for values from (%L) to (%L)', 'tasks_' || to_char(d, 'YYYYMMDD'),
             agonus_uuid_at(d::timestamp at time zone 'UTC'), agonus_uuid_at((d + 1)::timestamp at time zone 'UTC'));
         end if; end $$`,
    );
  }
  const step = 100_000;
  for (let from = 0; from < rows; from += step) {
    await query(
      `with r as (
         select n, n % 1000 as k, date_trunc('day', agonus_now() at time zone 'UTC') at time zone 'UTC'
           - make_interval(days => $3::int) + n::float8 / $4 * make_interval(days => $3::int - $5::int) as moment
         from generate_series($1::int, $2::int - 1) n),
       typed as (select *, case when k < 950 then 'run_agent_decision' when k < 970 then 'execute_agent_trade' else 'recover_agent_state' end as name,
         case when k between 970 and 979 then 'FAILURE' when k = 980 then 'REVOKED' when k = 981 then 'PENDING' else 'SUCCESS' end as state from r)
       insert into tasks (id, name, queue, state, args, result, error, signature, attempt, max_attempts, tournament_id, entry_id, due_at,
         sent_at, sends, created_at, started_at, finished_at, history)
       select ${idAt("moment", "n")}, name, case name when 'run_agent_decision' then 'agents' when 'execute_agent_trade' then 'trading' else 'recovery' end,
         state, jsonb_build_object('agent_id', md5('agent' || n % 2000)::uuid, 'tournament_id', md5('cup' || n % 10)::uuid, 'number', n),
         '{"outcome": "held", "orders": []}',
         case when state = 'FAILURE' then jsonb_build_object('class', 'Error', 'code', 'agent.failed', 'message', 'kind ' || n / 10 % 7 || ' broke at ' || md5(n::text)) end,
         case when state = 'FAILURE' then 'agent.failed kind-' || n / 10 % 7 end,
         1, 4, md5('cup' || n % 10)::uuid, md5('entry' || n % 2000)::uuid, moment, moment, 1, moment, moment,
         case when state = 'PENDING' then null else moment end, '[]'
       from typed`,
      [from, Math.min(rows, from + step), days - 1, rows, newestDay],
    );
  }
  await query("analyze tasks");
}
