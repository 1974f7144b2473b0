/**
 * A real PostgreSQL for tests: one server with one migrated template, and a fresh copy of it for every
 * `openTestDatabase`. A vitest run starts the server once (postgres-setup.ts); a script outside of it starts its own.
 * Call `closeTestServer` in afterAll.
 */
import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { Query } from "../src/db/query.ts";
import { migrateDatabase } from "../src/local/migrate.ts";
import { startPostgres } from "../src/local/postgres.ts";

export interface TestDatabase {
  readonly query: Query;
  readonly url: string;
  /** One connection, for transactions that span statements. */
  session<T>(work: (query: Query) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface TestServer {
  /** Of any database on it. */
  readonly url: string;
  readonly admin: Pool;
  /** Ends it, where it is this process's own. */
  stop(): Promise<void>;
}

/** Set by postgres-setup.ts for the workers of a run. */
export const SERVER_VARIABLE = "AGONUS_TEST_POSTGRES";

let server: Promise<TestServer> | undefined;
const open = new Set<Pool>();

interface Pool {
  readonly pool: pg.Pool;
  end(): Promise<void>;
}

/** `end` of a pool resolves before its sockets are closed, and a server that stops meanwhile cuts them with an error. */
function newPool(connectionString: string, max: number): Pool {
  const pool = new pg.Pool({ connectionString, max });
  const closed: Promise<unknown>[] = [];
  pool.on("connect", (client) => {
    closed.push(new Promise((done) => client.once("end", done)));
  });
  return {
    pool,
    end: async () => {
      await pool.end();
      await Promise.all(closed);
    },
  };
}

const TEMPLATE = "agonus_template";
const withDatabase = (url: string, name: string) => url.replace(/\/[^/]*$/, `/${name}`);

/** Starts a server and migrates its template. */
export async function startTestServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "agonus-test-"));
  // The server of a root user runs under another account, which must be able to come through.
  await chmod(folder, 0o711);
  const postgres = await startPostgres({ dataDir: join(folder, "pg"), fsync: false });
  const admin = newPool(withDatabase(postgres.url, "postgres"), 1);
  await admin.pool.query(`create database ${TEMPLATE}`);
  await admin.end();
  await migrateDatabase(withDatabase(postgres.url, TEMPLATE));
  return {
    url: postgres.url,
    stop: async () => {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openServer(): Promise<TestServer> {
  const shared = process.env[SERVER_VARIABLE];
  const { url, stop } = shared === undefined ? await startTestServer() : { url: shared, stop: async () => {} };
  return { url, stop, admin: newPool(withDatabase(url, "postgres"), 1) };
}

const newName = () => `agonus_test_${process.pid}_${randomUUID().slice(0, 8)}`;
const templates = new Set<string>();

/** A migrated database as `work` leaves it, to open fresh copies of. Returns its name. */
export async function makeTemplate(work: (query: Query) => Promise<void>): Promise<string> {
  server ??= openServer();
  const { url, admin } = await server;
  const name = newName();
  await admin.pool.query(`create database ${name} template ${TEMPLATE}`);
  templates.add(name);
  const connections = newPool(withDatabase(url, name), 1);
  await work(queryOf(connections.pool));
  await connections.end();
  return name;
}

/** A fresh migrated database. */
export async function openTestDatabase(template = TEMPLATE): Promise<TestDatabase> {
  server ??= openServer();
  const { url: serverUrl, admin } = await server;
  const name = newName();
  await admin.pool.query(`create database ${name} template ${template}`);
  const url = withDatabase(serverUrl, name);
  const connections = newPool(url, 5);
  const { pool } = connections;
  open.add(connections);
  return {
    url,
    query: queryOf(pool),
    session: async (work) => {
      const client = await pool.connect();
      try {
        return await work(queryOf(client));
      } finally {
        client.release();
      }
    },
    close: async () => {
      open.delete(connections);
      await connections.end();
      await admin.pool.query(`drop database ${name}`);
    },
  };
}

/** Timestamps come as ISO text and int8 as numbers, as the seam promises. */
function queryOf(pool: pg.Pool | pg.PoolClient): Query {
  const types = {
    getTypeParser: (oid: number, format?: "text" | "binary") => {
      if (oid === pg.types.builtins.INT8) return Number;
      if (oid === pg.types.builtins.TIMESTAMPTZ)
        return (text: string) => (text.endsWith("infinity") ? text : new Date(text).toISOString());
      return pg.types.getTypeParser(oid, format);
    },
  };
  return async (text, params = []) => (await pool.query({ text, values: [...params], types })).rows;
}

/** Leaves the server, and ends it where it is this process's own. Throws when a test left a database open. */
export async function closeTestServer(): Promise<void> {
  if (!server) return;
  const { stop, admin } = await server;
  server = undefined;
  const leaked = open.size;
  for (const connections of open) await connections.end();
  open.clear();
  for (const name of templates) await admin.pool.query(`drop database ${name}`);
  templates.clear();
  await admin.end();
  await stop();
  if (leaked > 0) throw new Error(`${leaked} test databases were left open`);
}
