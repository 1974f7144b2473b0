/** Where the database spends its time: pg_stat_statements, which the embedded PostgreSQL brings along. */
import { join } from "node:path";
import pg from "pg";
import type { Query } from "../../src/db/query.ts";
import { migrateDatabase } from "../../src/local/postgres/migrate.ts";
import { startPostgres } from "../../src/local/postgres/postgres.ts";
import type { BenchContext } from "./bench.ts";

/** Makes the database and sets it to load the extension at its next start. */
export async function prepareProfile(dataDir: string, project: string, context: BenchContext): Promise<void> {
  const server = await startPostgres({ dataDir: join(dataDir, "pg"), onLine: context.print });
  try {
    await migrateDatabase(server.url, join(project, "migrations"));
    const client = new pg.Client({ connectionString: server.adminUrl });
    await client.connect();
    try {
      for (const text of [
        "alter system set shared_preload_libraries = 'pg_stat_statements'",
        "alter system set pg_stat_statements.track = 'all'",
        "alter system set pg_stat_statements.track_planning = on",
        "alter system set track_io_timing = on",
      ])
        await client.query(text);
    } finally {
      await client.end();
    }
  } finally {
    await server.stop();
  }
}

export async function resetProfile(query: Query): Promise<void> {
  await query("create extension if not exists pg_stat_statements");
  await query("select pg_stat_statements_reset()");
}

export async function reportProfile(query: Query, context: BenchContext): Promise<void> {
  await query("create extension if not exists pg_stat_statements");
  const rows = await query<Record<string, string | number>>(
    `select calls, round((total_exec_time + total_plan_time)::numeric) as ms, round(mean_exec_time::numeric, 2) as mean,
       round(mean_plan_time::numeric, 2) as plan, rows, shared_blks_dirtied as dirtied, (wal_bytes / 1024)::bigint as wal_kb, toplevel,
       left(regexp_replace(query, '\\s+', ' ', 'g'), 110) as query
     from pg_stat_statements order by total_exec_time + total_plan_time desc limit 30`,
  );
  context.print("  total ms | calls | mean ms | plan ms | rows | dirtied | WAL KB | top | statement");
  for (const r of rows) {
    context.print(`  ${[r.ms, r.calls, r.mean, r.plan, r.rows, r.dirtied, r.wal_kb, r.toplevel, r.query].join(" | ")}`);
  }
}
