/** A PostgreSQL of its own for every run, migrated, and the proxy that the Neon driver speaks to. */
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

// The pool has Vite resolve packages as for a Worker, which turns `ws` into its browser stub: Node itself loads these.
const load = createRequire(import.meta.url);
const { migrateDatabase }: typeof import("../../src/local/migrate.ts") = load("../../src/local/migrate.ts");
const { startPostgres }: typeof import("../../src/local/postgres.ts") = load("../../src/local/postgres.ts");
const { directQuery }: typeof import("../../src/local/direct-query.ts") = load("../../src/local/direct-query.ts");
const { startProxy }: typeof import("../../src/local/proxy.ts") = load("../../src/local/proxy.ts");

declare module "vitest" {
  interface ProvidedContext {
    databaseUrl: string;
    databaseProxyUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // As wrangler.toml names it: without the folder the Worker does not load, without what is built in it there are no pages.
  await mkdir("dist/dashboard", { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), "agonus-workers-"));
  // The server of a root user runs under another account, which must be able to come through.
  await chmod(folder, 0o711);
  const postgres = await startPostgres({ dataDir: join(folder, "pg"), fsync: false });
  await migrateDatabase(postgres.url);
  await makeClockMovable(postgres.url);
  const proxy = await startProxy({ databaseUrl: postgres.url });
  project.provide("databaseUrl", postgres.url);
  project.provide("databaseProxyUrl", proxy.url);
  return async () => {
    await proxy.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

/** The clock is one SQL function: here it runs ahead of the real one by what `ahead` in arrange.ts says. */
async function makeClockMovable(databaseUrl: string): Promise<void> {
  const { query, close } = directQuery(databaseUrl);
  await query("create table test_clock (ahead_seconds float8 not null)");
  await query("insert into test_clock values (0)");
  await query(`create or replace function agonus_now() returns timestamptz language sql volatile parallel safe
    as $$ select clock_timestamp() + make_interval(secs => (select ahead_seconds from test_clock)) $$`);
  await close();
}
