/** Who may use the local database's ports, and what they may do there. By real requests. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { neon, neonConfig } from "@neondatabase/serverless";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { migrateDatabase } from "../../../src/local/postgres/migrate.ts";
import { type Postgres, runningPostgres, startPostgres } from "../../../src/local/postgres/postgres.ts";
import { type NeonProxy, startProxy } from "../../../src/local/proxy/proxy.ts";

const folder = mkdtempSync(join(tmpdir(), "agonus-ports-"));
const dataDir = join(folder, "pg");
let postgres: Postgres;
let proxy: NeonProxy;

beforeAll(async () => {
  postgres = await startPostgres({ dataDir, fsync: false });
  await migrateDatabase(postgres.url);
  proxy = await startProxy({ databaseUrl: postgres.url });
}, 60_000);

afterAll(async () => {
  await proxy?.close();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the driver sends, header by header, so that each can be another one. */
async function ask(headers: Record<string, string | null>): Promise<{ status: number; text: string }> {
  const all = { host: `127.0.0.1:${proxy.port}`, "neon-connection-string": proxy.databaseUrl, ...headers };
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as Record<string, string>;
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const call = request({ port: proxy.port, method: "POST", path: "/sql", headers: sent }, async (answer) => {
    let text = "";
    for await (const chunk of answer) text += chunk;
    resolve({ status: answer.statusCode ?? 0, text });
  });
  call.once("error", reject);
  call.end(JSON.stringify({ query: "select 4711 as n", params: [] }));
  return promise;
}

/** The right connection string but for its secret. */
function withSecret(change: (secret: string) => string): string {
  const url = new URL(proxy.databaseUrl);
  url.password = change(url.password);
  return url.href;
}
const lastChanged = (text: string) => text.slice(0, -1) + (text.endsWith("A") ? "B" : "A");

test("the statement of whoever brings the start's secret is run", async () => {
  expect(await ask({})).toMatchObject({ status: 200, text: expect.stringContaining("4711") });
});

test.for<[string, () => Record<string, string | null>]>([
  ["no secret", () => ({ "neon-connection-string": null })],
  ["an empty one", () => ({ "neon-connection-string": "" })],
  ["a connection string that is none", () => ({ "neon-connection-string": "secret" })],
  ["a connection string without a secret", () => ({ "neon-connection-string": withSecret(() => "") })],
  ["a secret that is wrong in one place", () => ({ "neon-connection-string": withSecret(lastChanged) })],
  ["a secret that is longer", () => ({ "neon-connection-string": withSecret((secret) => `${secret}x`) })],
  ["a secret that is shorter", () => ({ "neon-connection-string": withSecret((secret) => secret.slice(1)) })],
  ["PostgreSQL's own password", () => ({ "neon-connection-string": postgres.url })],
  ["the secret, from a page", () => ({ origin: "https://evil.example" })],
  ["the secret, from a page of this machine", () => ({ origin: `http://127.0.0.1:${proxy.port}` })],
  ["the secret, from a page without a name", () => ({ origin: "null" })],
  ["the secret, and a foreign host", () => ({ host: "evil.example" })],
  ["the secret, and a name that was bound to this machine", () => ({ host: `rebound.evil.example:${proxy.port}` })],
  ["the secret, and another port", () => ({ host: "127.0.0.1:80" })],
])("a statement with %s is refused, and not run", async ([, headers]) => {
  const { status, text } = await ask(headers());
  expect(status).toBe(403);
  expect(text).not.toContain("4711");
  expect(text).not.toContain(new URL(proxy.databaseUrl).password);
});

/** Resolves with whether the port accepted the WebSocket. */
async function knock(address: string, headers: Record<string, string> = {}): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = new WebSocket(`ws://${address}`, { headers });
  socket.once("open", () => {
    socket.terminate();
    resolve(true);
  });
  socket.once("error", () => resolve(false));
  return promise;
}

test("the WebSocket opens to the secret alone: to no page, and under no foreign host", async () => {
  expect(await knock(proxy.webSocket)).toBe(true);
  expect(await knock(`127.0.0.1:${proxy.port}/v2`)).toBe(false);
  expect(await knock(lastChanged(proxy.webSocket))).toBe(false);
  expect(await knock(proxy.webSocket, { origin: `http://127.0.0.1:${proxy.port}` })).toBe(false);
  expect(await knock(proxy.webSocket, { host: `rebound.evil.example:${proxy.port}` })).toBe(false);
});

test("each start has a secret of its own", async () => {
  const other = await startProxy({ databaseUrl: postgres.url });
  try {
    const [mine, theirs] = [proxy, other].map(({ databaseUrl }) => new URL(databaseUrl).password);
    expect(mine).not.toBe(theirs);
    expect(mine?.length).toBeGreaterThanOrEqual(32);
    expect(await ask({ "neon-connection-string": other.databaseUrl })).toMatchObject({ status: 403 });
  } finally {
    await other.close();
  }
});

const REFUSED = "42501";

test.for<[string, string]>([
  ["run a program", "copy (select 1) to program 'true'"],
  ["read by a program", "create table if not exists x (t text); copy x from program 'id'"],
  ["read a file of the server", "select pg_read_file('/etc/hostname')"],
  ["read the server's own settings file", "select pg_read_file('pg_hba.conf')"],
  ["read a file as rows", "create temp table f (t text); copy f from '/etc/hostname'"],
  ["write a file", "copy (select 1) to '/tmp/agonus-ports'"],
  ["list a folder", "select pg_ls_dir('.')"],
  ["take a file in", "select lo_import('/etc/hostname')"],
  ["become the superuser", "set role agonus"],
  ["change the superuser's password", "alter role agonus password 'x'"],
  ["make itself superuser", "alter role current_user superuser"],
  ["make a role", "create role another"],
  ["make a database", "create database another"],
  ["change the server's settings", "alter system set log_statement = 'all'"],
  ["load code", "create function f() returns int language c as '/tmp/x.so', 'f'"],
  ["give itself files", "grant pg_read_server_files to current_user"],
  ["rest the triggers", "set session_replication_role = replica"],
  ["read password hashes", "select rolpassword from pg_authid"],
])("the Worker's role cannot %s", async ([, text]) => {
  const client = new pg.Client(postgres.url);
  await client.connect();
  try {
    await expect(client.query(text)).rejects.toMatchObject({ code: REFUSED });
  } finally {
    await client.end();
  }
});

test("the proxy's statements run as a role that owns the tables and is nothing else", async () => {
  neonConfig.fetchEndpoint = proxy.url;
  const [role] = await neon(proxy.databaseUrl)`
    select rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
      (select count(*)::int from pg_auth_members where member = r.oid) as roles,
      (select count(*)::int from pg_class where relnamespace = 'public'::regnamespace
        and relkind in ('r', 'p', 'v', 'S') and relowner <> r.oid) as of_others
    from pg_roles r where rolname = current_user`;
  expect(role).toEqual({
    rolname: "agonus_worker",
    rolsuper: false,
    rolcreaterole: false,
    rolcreatedb: false,
    rolreplication: false,
    rolbypassrls: false,
    roles: 0,
    of_others: 0,
  });
});

test("PostgreSQL listens on loopback alone, takes no login without SCRAM, and has no socket file", async () => {
  const lines = readFileSync(join(dataDir, "pg_hba.conf"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  for (const line of lines) expect(line).toMatch(/^(local|host) .* scram-sha-256$/);
  for (const line of lines.filter((text) => text.startsWith("host"))) expect(line).toMatch(/127\.0\.0\.1\/32|::1\/128/);
  const client = new pg.Client(postgres.adminUrl);
  await client.connect();
  const { rows } = await client.query(
    `select name, setting from pg_settings
     where name in ('listen_addresses', 'unix_socket_directories', 'password_encryption') order by 1`,
  );
  await client.end();
  expect(rows.map(({ setting }) => setting)).toEqual(["127.0.0.1", "scram-sha-256", ""]);
  await expect(new pg.Client(postgres.url.replace(/:[^:@]+@/, ":wrong@")).connect()).rejects.toMatchObject({
    code: "28P01",
  });
});

test("a folder whose objects belong to the superuser, as older versions made it, goes on under the role", async () => {
  await proxy.close();
  const old = new pg.Client(postgres.adminUrl);
  await old.connect();
  await old.query("reassign owned by agonus_worker to agonus");
  await old.query("drop owned by agonus_worker");
  await old.query("drop role agonus_worker");
  await old.end();
  await postgres.stop();
  rmSync(join(dataDir, "agonus-worker-password"));
  postgres = await startPostgres({ dataDir, fsync: false });
  await migrateDatabase(postgres.url);
  expect(runningPostgres(dataDir)).toBe(postgres.url);
  const client = new pg.Client(postgres.url);
  await client.connect();
  // Each needs to be its owner: the daily clean-up makes days, takes them out and drops them; a migration changes tables.
  await client.query("select agonus_task_partitions(3)");
  const { rows } = await client.query<{ name: string }>(
    "select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'tasks'::regclass and c.relname ~ '[0-9]{8}$' order by 1 limit 1",
  );
  const day = rows[0]?.name ?? "";
  await client.query(
    "select agonus_detach_task_day($1, agonus_now() + interval '9 days', agonus_now() + interval '9 days', 100)",
    [day],
  );
  await client.query("select agonus_drop_task_day($1)", [day]);
  await client.query("alter table agents add column of_a_migration text");
  await client.query("create table drizzle.of_a_migration (id int)");
  await client.query(
    "create or replace function agonus_now() returns timestamptz language sql volatile parallel safe as $$ select clock_timestamp() $$",
  );
  await client.end();
  proxy = await startProxy({ databaseUrl: postgres.url });
  expect(await ask({})).toMatchObject({ status: 200 });
});

test("what the role did to itself is undone by the next start", async () => {
  const client = new pg.Client(postgres.url);
  await client.connect();
  await client.query("alter role current_user password 'mine'");
  await client.query("alter role current_user set statement_timeout = 1");
  await client.end();
  await postgres.stop();
  postgres = await startPostgres({ dataDir, fsync: false });
  const again = new pg.Client(postgres.url);
  await again.connect();
  expect((await again.query("show statement_timeout")).rows).toEqual([{ statement_timeout: "0" }]);
  await again.end();
});
