/** A PostgreSQL of its own for every run, migrated, and the proxy that the Neon driver speaks to. */
import { mkdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startEndpoints } from "../support/webhooks/endpoint.ts";

// In this pool Vite resolves packages as for a Worker and would load the browser stub of `ws`. So Node loads these modules.
const load = createRequire(import.meta.url);
const { migrateDatabase }: typeof import("../../src/local/postgres/migrate.ts") = load(
  "../../src/local/postgres/migrate.ts",
);
const { startPostgres }: typeof import("../../src/local/postgres/postgres.ts") = load(
  "../../src/local/postgres/postgres.ts",
);
const { directQuery }: typeof import("../../src/local/postgres/direct-query.ts") = load(
  "../../src/local/postgres/direct-query.ts",
);
const { playVenue }: typeof import("../support/venues/server.ts") = load("../support/venues/server.ts");
const { coinbasePairs }: typeof import("../support/venues/coinbase.ts") = load("../support/venues/coinbase.ts");
const { fixedModel }: typeof import("../support/models/fixed-model.ts") = load("../support/models/fixed-model.ts");
const { startProxy }: typeof import("../../src/local/proxy/proxy.ts") = load("../../src/local/proxy/proxy.ts");
const { scratchFolder }: typeof import("../support/scratch.ts") = load("../support/scratch.ts");

declare module "vitest" {
  interface ProvidedContext {
    databaseUrl: string;
    databaseProxyUrl: string;
    /** Accepts connections and never answers. */
    silentUrl: string;
    /** Answers as Coinbase does. */
    coinbaseUrl: string;
    /** Endpoints of webhooks: each path answers in its own way. */
    endpointsUrl: string;
    /** Language models, each with a behaviour of its own: test/support/models/fixed-model.ts. */
    modelUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The folder that wrangler.toml names. The Worker does not load without it; it may be empty, because these tests need no pages.
  await mkdir("dist/dashboard", { recursive: true });
  const folder = await scratchFolder("agonus-workers-");
  const postgres = await startPostgres({ dataDir: join(folder, "pg"), fsync: false });
  await migrateDatabase(postgres.url);
  await makeClockMovable(postgres.url);
  const proxy = await startProxy({ databaseUrl: postgres.url });
  project.provide("databaseUrl", proxy.databaseUrl);
  project.provide("databaseProxyUrl", proxy.url);
  const silent = createServer((socket) => socket.on("error", () => {}).resume());
  await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  project.provide("silentUrl", `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`);
  const coinbase = await playVenue("coinbase", () => Date.now(), [...coinbasePairs]);
  project.provide("coinbaseUrl", coinbase.url);
  const endpoints = await startEndpoints();
  project.provide("endpointsUrl", endpoints.url);
  const model = await fixedModel();
  project.provide("modelUrl", model.url);
  return async () => {
    silent.close();
    await endpoints.close();
    await model.close();
    await coinbase.close();
    await proxy.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

/** The database's clock is one SQL function. Here it is ahead of the real time by what `ahead` in arrange.ts sets. */
async function makeClockMovable(databaseUrl: string): Promise<void> {
  const { query, close } = directQuery(databaseUrl);
  await query("create table test_clock (ahead_seconds float8 not null)");
  await query("insert into test_clock values (0)");
  await query(`create or replace function agonus_now() returns timestamptz language sql volatile parallel safe
    as $$ select clock_timestamp() + make_interval(secs => (select ahead_seconds from test_clock)) $$`);
  await close();
}
