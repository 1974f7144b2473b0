/** What db:migrate does to a database that runs already. */
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { limits } from "../../../src/core/limits.ts";
import { boundStatements, migrateDatabase, versionWarning } from "../../../src/local/postgres/migrate.ts";
import { closeTestServer, openTestDatabase } from "../../support/database.ts";

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

test("a connection as the role has bounded statements, in this database alone", async () => {
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

test("a database that an older or a newer version has made is refused with a way on, and left as it is", async () => {
  const db = await openTestDatabase();
  const made = () => told(db.url, "select created_at::float8 as when, hash from drizzle.__drizzle_migrations");
  await db.query("update drizzle.__drizzle_migrations set created_at = 1795743824720, hash = 'another'");
  await expect(migrateDatabase(db.url)).rejects.toThrow(/made by an older Agonus.*--reset.*--data/);
  expect(await made()).toEqual({ when: 1_795_743_824_720, hash: "another" });
  await db.query("update drizzle.__drizzle_migrations set created_at = 4000000000000");
  await expect(migrateDatabase(db.url)).rejects.toThrow("made by a newer Agonus");
  expect(await made()).toEqual({ when: 4_000_000_000_000, hash: "another" });
  await db.close();
});
