/** Brings a database to the newest schema, from Node, over a plain connection. */
import { join } from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { limits } from "../core/limits.ts";

const MIGRATIONS = join(import.meta.dirname, "../../migrations");
/** Any number that nobody else locks: two that migrate at once take turns, and the second finds nothing to do. */
const LOCK = 4_207_001;

/**
 * Bounds every statement of this role in this database, for the driver that comes by HTTP has no session to set it in:
 * no statement runs, and none waits for a lock, for longer. Sessions that are open already keep what they had.
 */
const BOUND = `do $$ begin
  execute format('alter role current_user in database %I set statement_timeout = ${limits.statementTimeoutMs}', current_database());
  execute format('alter role current_user in database %I set lock_timeout = ${limits.lockTimeoutMs}', current_database());
end $$`;

/**
 * `version`: PostgreSQL's server_version_num. A sentence when that version can crash under these statements, else null.
 * Whoever waits for a row and looks at it again prunes partitions with freed memory: since 18.0, mended on 9 October 2026.
 */
export function versionWarning(version: number): string | null {
  if (version < 180_000 || version > 180_005) return null;
  return `PostgreSQL 18.${version % 100} can crash where two statements meet at one row of a partitioned table (mended in the release after 18.5): take PostgreSQL 17, or a newer 18.`;
}

/** Returns what is to be said of the database's version, or null. Throws what PostgreSQL says. */
export async function boundStatements(databaseUrl: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(BOUND);
    const { rows } = await client.query<{ version: number }>(
      "select current_setting('server_version_num')::int as version",
    );
    return rows[0] ? versionWarning(rows[0].version) : null;
  } finally {
    await client.end();
  }
}

/** Throws what PostgreSQL says; nothing is half done. */
export async function migrateDatabase(databaseUrl: string, folder: string = MIGRATIONS): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // An index takes what it takes, and so does whoever migrates just now.
    await client.query("set statement_timeout = 0");
    await client.query("set lock_timeout = 0");
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    await migrate(drizzle(client), { migrationsFolder: folder });
  } finally {
    await client.end();
  }
}
