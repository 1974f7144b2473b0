/** Brings a database to the newest schema, from Node, over a plain connection. */
import { join } from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";

const MIGRATIONS = join(import.meta.dirname, "../../migrations");
/** Any number that nobody else locks: two that migrate at once take turns, and the second finds nothing to do. */
const LOCK = 4_207_001;

/** Throws what PostgreSQL says; nothing is half done. */
export async function migrateDatabase(databaseUrl: string, folder: string = MIGRATIONS): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    await migrate(drizzle(client), { migrationsFolder: folder });
  } finally {
    await client.end();
  }
}
