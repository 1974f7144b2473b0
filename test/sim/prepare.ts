/** Adds what a simulated database has beside the migrations: the clock, the days of `tasks`, the audit's tables and triggers. */
import type { Query } from "../../src/db/query.ts";
import { START, testClock } from "../support/builders.ts";
import { installTriggers } from "./triggers.ts";

/** Some minutes before midnight, so that the daily tasks fall into the history. */
export const START_BEFORE_MS = 90_000;

export async function prepare(query: Query): Promise<void> {
  await testClock(query, START - START_BEFORE_MS);
  // The migrations made partitions for the real day of the test run.
  const days = await query<{ name: string }>(`select inhrelid::regclass::text as name from pg_inherits
    where inhparent = 'tasks'::regclass and inhrelid::regclass::text ~ '_[0-9]{8}$'`);
  for (const { name } of days) await query(`drop table ${name}`);
  await query("select agonus_task_partitions(1)");
  // Here the rivals of races.ts record what they raised, because no task records it.
  await query("create table sim_recoveries (entry_id uuid not null)");
  await query("create table sim_overtaken (round_id uuid not null)");
  await installTriggers(query);
  // An analyze in real time would change plans, and so the order of rows in statements without `order by`.
  await query(`do $$ declare t regclass; begin
    for t in select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace loop
      execute format('alter table %s set (autovacuum_enabled = off)', t);
    end loop; end $$`);
}
