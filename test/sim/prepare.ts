/** What a database of the simulation has beside the migrations: the clock, its days, what the audit needs. */
import type { Query } from "../../src/db/query.ts";
import { START, testClock } from "../builders.ts";
import { installTriggers } from "./triggers.ts";

/** Some minutes before a midnight, with its daily tasks. */
export const START_BEFORE_MS = 90_000;

/** Set by setup.ts for the processes of a run of tests. */
export const TEMPLATE_VARIABLE = "AGONUS_SIM_TEMPLATE";

export async function prepare(query: Query): Promise<void> {
  await testClock(query, START - START_BEFORE_MS);
  // Those of the day on which the tests run.
  const days = await query<{ name: string }>(`select inhrelid::regclass::text as name from pg_inherits
    where inhparent = 'tasks'::regclass and inhrelid::regclass::text ~ '_[0-9]{8}$'`);
  for (const { name } of days) await query(`drop table ${name}`);
  await query("select agonus_task_partitions(1)");
  // What rivals of races.ts raised, beside the tasks.
  await query("create table sim_recoveries (entry_id uuid not null)");
  await query("create table sim_overtaken (round_id uuid not null)");
  await installTriggers(query);
  // An analyze in real time would change plans, and with them the order of rows that no one asked for in order.
  await query(`do $$ declare t regclass; begin
    for t in select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace loop
      execute format('alter table %s set (autovacuum_enabled = off)', t);
    end loop; end $$`);
}
