/** A real PostgreSQL with the newest schema, for one test file. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { parserOf } from "../../src/db/parse-types.ts";
import type { Query } from "../../src/db/query.ts";
import { migrateDatabase } from "../../src/local/migrate.ts";
import { startPostgres } from "../../src/local/postgres.ts";

export interface TestDatabase {
  readonly query: Query;
  stop(): Promise<void>;
}

export async function startTestDatabase(): Promise<TestDatabase> {
  const dir = await mkdtemp(join(tmpdir(), "agonus-markets-"));
  const server = await startPostgres({ dataDir: join(dir, "pg"), fsync: false });
  await migrateDatabase(server.url);
  const pool = new pg.Pool({ connectionString: server.url, max: 6 });
  // pool.end() resolves before its connections have ended; a server that stops meanwhile breaks them.
  const ends: Promise<unknown>[] = [];
  pool.on("connect", (client) => ends.push(once(client, "end")));
  const types = { getTypeParser: (oid: number) => parserOf(oid) ?? pg.types.getTypeParser(oid) };
  return {
    query: async (text, params = []) => (await pool.query({ text, values: [...params], types })).rows,
    async stop() {
      await pool.end();
      await Promise.all(ends);
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
