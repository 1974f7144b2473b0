/** Brings a database to the newest schema, from Node, over a plain connection. */
import { join } from "node:path";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { limits } from "../../core/limits.ts";

const MIGRATIONS = join(import.meta.dirname, "../../../migrations");
/** Any number that nobody else locks: two that migrate at once take turns, and the second finds nothing to do. */
const LOCK = 4_207_001;

/**
 * Bounds every statement of this role in this database, because the driver that connects by HTTP has no session to set it in:
 * it limits how long a statement may run, and how long it may wait for a lock. Sessions that are open already keep what they had.
 */
const BOUND = `do $$ begin
  execute format('alter role current_user in database %I set statement_timeout = ${limits.statementTimeoutMs}', current_database());
  execute format('alter role current_user in database %I set lock_timeout = ${limits.lockTimeoutMs}', current_database());
end $$`;

/**
 * `version`: PostgreSQL's server_version_num. A sentence when that version can crash under these statements, else null.
 * A statement that waited for a row and checks it again prunes partitions with freed memory: since 18.0, fixed on 9 October 2026.
 */
export function versionWarning(version: number): string | null {
  if (version < 180_000 || version > 180_005) return null;
  return `PostgreSQL 18.${version % 100} can crash where two statements meet at one row of a partitioned table (mended in the release after 18.5): take PostgreSQL 17, or a newer 18.`;
}

/** Returns a warning about the database's version, or null. Throws what PostgreSQL says. */
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

/** The database was made by other migrations than these. */
class ForeignSchema extends Error {}

const MADE_BY = `select created_at::float8 as when, hash from drizzle.__drizzle_migrations order by created_at`;

/** Migrations only go forward from the baseline, so a database that began with another one can't be brought here. */
async function refuseForeign(client: pg.Client, folder: string): Promise<void> {
  const { rows: there } = await client.query("select to_regclass('drizzle.__drizzle_migrations') is not null as yes");
  if (there[0]?.yes !== true) return;
  const { rows } = await client.query<{ when: number; hash: string }>(MADE_BY);
  const known = readMigrationFiles({ migrationsFolder: folder });
  const foreign = rows.findIndex(({ when, hash }, at) => known[at]?.folderMillis !== when || known[at]?.hash !== hash);
  if (foreign < 0) return;
  const newer = known.every(({ folderMillis }) => folderMillis < (rows[foreign]?.when ?? 0));
  throw new ForeignSchema(
    newer
      ? "The database was made by a newer Agonus. Go on with that version."
      : "The database was made by an older Agonus, whose schema can't be carried over. Begin anew with --reset, or keep this data and take another folder with --data. A replay gives the same result again from the same candles and seed.",
  );
}

/** Throws ForeignSchema where the tables are not those that this code reads. */
export async function checkSchema(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await refuseForeign(client, MIGRATIONS);
  } finally {
    await client.end();
  }
}

/** Throws ForeignSchema, or what PostgreSQL says; nothing is half done. */
export async function migrateDatabase(databaseUrl: string, folder: string = MIGRATIONS): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // Building an index may take long, and so may waiting for another migration.
    await client.query("set statement_timeout = 0");
    await client.query("set lock_timeout = 0");
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    await refuseForeign(client, folder);
    await migrate(drizzle(client), { migrationsFolder: folder });
  } finally {
    await client.end();
  }
}
