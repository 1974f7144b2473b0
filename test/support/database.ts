/**
 * A real PostgreSQL for tests: one server with one migrated template, and a fresh copy of the template for every
 * `openTestDatabase`. A vitest run starts the server once (postgres-setup.ts); a script outside of vitest starts its own.
 * Call `closeTestServer` in afterAll.
 */
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { z } from "zod";
import { parserOf } from "../../src/db/parse-types.ts";
import type { Query } from "../../src/db/query.ts";
import { migrateDatabase } from "../../src/local/postgres/migrate.ts";
import { startPostgres } from "../../src/local/postgres/postgres.ts";
import { OWNER } from "../../src/local/postgres/roles.ts";
import { scratchFolder } from "./scratch.ts";

export interface TestDatabase {
  readonly query: Query;
  readonly url: string;
  /** One connection, for transactions that span statements. */
  session<T>(work: (query: Query) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Addresses of any database on the server: as the Worker's role, which owns the databases, and as the superuser. */
interface Addresses {
  readonly url: string;
  readonly adminUrl: string;
}

interface TestServer extends Addresses {
  readonly admin: Pool;
  /** Ends the server, if this process started it. */
  stop(): Promise<void>;
}

const addressesSchema = z.object({ url: z.string(), adminUrl: z.string() });
/** postgres-setup.ts sets this variable for the workers of a run: Addresses as JSON. */
export const SERVER_VARIABLE = "AGONUS_TEST_POSTGRES";

let server: Promise<TestServer> | undefined;
const open = new Set<Pool>();

interface Pool {
  readonly pool: pg.Pool;
  end(): Promise<void>;
}

/** A pool's `end` resolves before its sockets are closed. A server that stops meanwhile would cut them with an error. */
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
export async function startTestServer(): Promise<Addresses & { stop(): Promise<void> }> {
  const folder = await scratchFolder("agonus-test-");
  const postgres = await startPostgres({ dataDir: join(folder, "pg"), fsync: false });
  const admin = newPool(withDatabase(postgres.adminUrl, "postgres"), 1);
  await admin.pool.query(`create database ${TEMPLATE} owner ${OWNER}`);
  // For tests that store what no statement of ours would, such as rows without their parents.
  await admin.pool.query(`grant set on parameter session_replication_role to ${OWNER}`);
  await admin.end();
  await migrateDatabase(withDatabase(postgres.url, TEMPLATE));
  return {
    url: postgres.url,
    adminUrl: postgres.adminUrl,
    stop: async () => {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openServer(): Promise<TestServer> {
  const shared = process.env[SERVER_VARIABLE];
  const server =
    shared === undefined
      ? await startTestServer()
      : { ...addressesSchema.parse(JSON.parse(shared)), stop: async () => {} };
  return { ...server, admin: newPool(withDatabase(server.adminUrl, "postgres"), 1) };
}

const newName = () => `agonus_test_${process.pid}_${randomUUID().slice(0, 8)}`;
const templates = new Set<string>();
/** Copies a template file by file. The other way writes each block of it to the log, and takes twice the time. */
const copyOf = (template: string) => `template ${template} strategy file_copy owner ${OWNER}`;

/** Makes a template from a migrated database as `work` leaves it, to open copies of. Returns its name. */
export async function makeTemplate(work: (query: Query) => Promise<void>): Promise<string> {
  server ??= openServer();
  const { url, admin } = await server;
  const name = newName();
  await admin.pool.query(`create database ${name} ${copyOf(TEMPLATE)}`);
  templates.add(name);
  const connections = newPool(withDatabase(url, name), 1);
  await work(queryOf(connections.pool));
  await connections.end();
  return name;
}

/** Opens a fresh migrated database. */
export async function openTestDatabase(template = TEMPLATE): Promise<TestDatabase> {
  server ??= openServer();
  const { url: serverUrl, admin } = await server;
  const name = newName();
  await admin.pool.query(`create database ${name} ${copyOf(template)}`);
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

/** Values come as `Query` promises. */
function queryOf(pool: pg.Pool | pg.PoolClient): Query {
  const types = {
    getTypeParser: (oid: number, format?: "text" | "binary") => parserOf(oid) ?? pg.types.getTypeParser(oid, format),
  };
  return async (text, params = []) => {
    const name = params.length > 0 ? nameOf(text) : undefined;
    return (await pool.query({ name, text, values: [...params], types })).rows;
  };
}

/** The names of statements that were sent before: a connection plans each once, where planning would be most of the time. */
const names = new Map<string, string | undefined>();
let named = 0;
function nameOf(text: string): string | undefined {
  const name = names.get(text);
  if (name === undefined) names.set(text, names.has(text) ? `s${named++}` : undefined);
  return name;
}

/** Closes the connections, and ends the server if this process started it. Throws when a test left a database open. */
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
