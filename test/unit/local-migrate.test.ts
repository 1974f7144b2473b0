/** What db:migrate does to a database that runs already. */
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { limits } from "../../src/core/limits.ts";
import { boundStatements, migrateDatabase, versionWarning } from "../../src/local/migrate.ts";
import { closeTestServer, openTestDatabase } from "../database.ts";

afterAll(closeTestServer);

async function told(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows[0];
  } finally {
    await client.end();
  }
}

test("whoever connects as the role has bounded statements, in this database alone", async () => {
  const [bounded, other] = [await openTestDatabase(), await openTestDatabase()];
  await boundStatements(bounded.url);
  const settings = `select setting::int as run, (select setting::int from pg_settings where name = 'lock_timeout') as wait
    from pg_settings where name = 'statement_timeout'`;
  expect(await told(bounded.url, settings)).toEqual({ run: limits.statementTimeoutMs, wait: limits.lockTimeoutMs });
  expect(await told(other.url, settings)).toEqual({ run: 0, wait: 0 });
  await bounded.close();
  await other.close();
});

test("a migration is bound by none of it", async () => {
  const db = await openTestDatabase();
  await db.query(
    `do $$ begin execute format('alter role current_user in database %I set lock_timeout = 50', current_database()); end $$`,
  );
  const client = new pg.Client({ connectionString: db.url });
  await client.connect();
  // Another one migrates: this one waits for its turn, however long that takes.
  await client.query("select pg_advisory_lock(4207001)");
  const migrated = migrateDatabase(db.url);
  migrated.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 300));
  await client.end();
  await expect(migrated).resolves.toBeUndefined();
  await db.close();
});

test("a version of PostgreSQL that can crash is named, others are not", () => {
  expect(versionWarning(180_004)).toMatch(/^PostgreSQL 18\.4 can crash .*take PostgreSQL 17, or a newer 18\.$/);
  expect([170_010, 180_006, 190_000].map(versionWarning)).toEqual([null, null, null]);
});
