import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, neon, neonConfig } from "@neondatabase/serverless";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { type Postgres, startPostgres } from "../../../src/local/postgres/postgres.ts";
import { DroppedConnection, type Interceptor, type NeonProxy, startProxy } from "../../../src/local/proxy/proxy.ts";
import { SqlRunner } from "../../../src/local/proxy/sql-runner.ts";

const folder = mkdtempSync(join(tmpdir(), "agonus-proxy-"));
let postgres: Postgres;
let proxy: NeonProxy;
let hooks: { -readonly [key in keyof Interceptor]: Interceptor[key] } = {};

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: join(folder, "pg"), fsync: false });
  proxy = await startProxy({
    databaseUrl: postgres.url,
    intercept: {
      before: (call) => hooks.before?.(call),
      afterCommit: (call, results) => hooks.afterCommit?.(call, results),
    },
  });
  neonConfig.fetchEndpoint = proxy.url;
  neonConfig.wsProxy = () => proxy.webSocket;
  neonConfig.useSecureWebSocket = false;
  neonConfig.pipelineConnect = false;
  neonConfig.webSocketConstructor = WebSocket;
  await neon(proxy.databaseUrl)`create table account (id int primary key, cash numeric not null check (cash >= 0))`;
}, 60_000);

afterAll(async () => {
  await proxy?.close();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("values reach Neon's driver as PostgreSQL's own text, so that no digit is lost", async () => {
  const sql = neon(proxy.databaseUrl);
  const [row] = await sql.query(
    `select $1::numeric as money, $2::int8 as big, $3::jsonb as data, $4::text as nothing, '{1.10,2.20}'::text[] as list,
            timestamptz 'infinity' as forever, $5::bool as flag`,
    ["12345678901234567.00000001", 9007199254740993n, { deep: ["é", 1] }, null, true],
  );
  expect(row).toMatchObject({
    money: "12345678901234567.00000001",
    data: { deep: ["é", 1] },
    nothing: null,
    list: ["1.10", "2.20"],
    flag: true,
  });
  const full = await neon(proxy.databaseUrl, { fullResults: true, arrayMode: true })`select 1::int4 as one`;
  expect(full).toMatchObject({
    command: "SELECT",
    rowCount: 1,
    rows: [[1]],
    fields: [{ name: "one", dataTypeID: 23 }],
  });
});

test("an error of PostgreSQL arrives with its code, detail and constraint", async () => {
  const sql = neon(proxy.databaseUrl);
  await sql`insert into account values (1, 5)`;
  await expect(sql`insert into account values (1, 5)`).rejects.toMatchObject({
    name: "NeonDbError",
    code: "23505",
    severity: "ERROR",
    constraint: "account_pkey",
    table: "account",
    detail: "Key (id)=(1) already exists.",
  });
  await expect(sql.query("select 1; select 2")).rejects.toMatchObject({ code: "42601" });
});

test("a batch is one transaction: all of it, or none", async () => {
  const sql = neon(proxy.databaseUrl);
  await expect(
    sql.transaction([sql`insert into account values (2, 1)`, sql`insert into account values (3, -1)`]),
  ).rejects.toMatchObject({
    code: "23514",
  });
  expect(await sql`select * from account where id in (2, 3)`).toEqual([]);
  const [first, second] = await sql.transaction(
    [sql`insert into account values (2, 1) returning id`, sql`select 7 as n`],
    {
      isolationLevel: "Serializable",
    },
  );
  expect([first, second]).toEqual([[{ id: 2 }], [{ n: 7 }]]);
  await expect(sql.transaction([sql`delete from account`], { readOnly: true })).rejects.toMatchObject({
    code: "25006",
  });
  expect(await sql.transaction([sql`show transaction_isolation`], { isolationLevel: "RepeatableRead" })).toEqual([
    [{ transaction_isolation: "repeatable read" }],
  ]);
});

test("what runs often is prepared, what runs seldom is planned each time", async () => {
  const runner = new SqlRunner(postgres.url, 1);
  const run = async (query: string) => (await runner.single({ query, params: [] })).rows;
  const prepared = () => run("select count(*) from pg_prepared_statements where statement = 'select 4711'");
  for (let times = 1; times < 8; times++) await run("select 4711");
  expect(await prepared()).toEqual([["0"]]);
  expect(await run("select 4711")).toEqual([["4711"]]);
  expect(await prepared()).toEqual([["1"]]);
  expect(await run("select 4711")).toEqual([["4711"]]);
  await runner.close();
});

test("a statement that is prepared survives a change of the table under it", async () => {
  const sql = neon(proxy.databaseUrl);
  await sql`create table shape (id int)`;
  await sql`insert into shape values (1)`;
  for (let i = 0; i < 15; i++) await sql.query("select * from shape");
  await sql`alter table shape add column name text default 'new'`;
  expect(await sql.query("select * from shape")).toEqual([{ id: 1, name: "new" }]);
});

test("no statement runs longer than five seconds or waits longer than two for a lock", async () => {
  const [row] = await neon(
    proxy.databaseUrl,
  )`select current_setting('statement_timeout') as run, current_setting('lock_timeout') as wait`;
  expect(row).toEqual({ run: "5s", wait: "2s" });
});

test("an unknown outcome is never told as an error of PostgreSQL", async () => {
  const sql = neon(proxy.databaseUrl);
  hooks = {
    afterCommit: () => {
      throw new Error("lost on the way back");
    },
  };
  await expect(sql`insert into account values (10, 1)`).rejects.toSatisfy(
    (error: { code?: string }) => error.code === undefined,
  );
  hooks = {
    before: () => {
      throw new DroppedConnection();
    },
  };
  await expect(sql`insert into account values (11, 1)`).rejects.toThrow("Error connecting to database");
  hooks = {};
  expect(await sql`select id from account where id >= 10`).toEqual([{ id: 10 }]);
});

test("a connection that PostgreSQL ends is replaced, and nobody else notices", async () => {
  const sql = neon(proxy.databaseUrl);
  const admin = new pg.Client(postgres.url);
  await admin.connect();
  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'agonus-worker'");
  await admin.end();
  const answers = await Promise.allSettled(Array.from({ length: 12 }, () => sql`select 1 as n`));
  expect(answers.filter((answer) => answer.status === "fulfilled").length).toBeGreaterThan(0);
  expect(await sql`select 1 as n`).toEqual([{ n: 1 }]);
});

test("the WebSocket carries a session with an interactive transaction", async () => {
  const client = new Client(postgres.url);
  await client.connect();
  await client.query("begin");
  await client.query("insert into account values (20, 1)");
  await client.query("rollback");
  expect((await client.query("select count(*)::int as n from account where id = 20")).rows).toEqual([{ n: 0 }]);
  await client.end();
});
