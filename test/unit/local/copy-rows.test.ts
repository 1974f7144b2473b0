/** Rows that go through COPY: all of them arrive, and a refusal or a broken connection is told to whoever waits. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { to } from "pg-copy-streams";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CopyIn } from "../../../src/local/backup/copy-rows.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
  await db.query("create table copied (n int primary key, text text)");
});
afterAll(async () => {
  await db.close();
  await closeTestServer();
});

async function withClient(work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: db.url });
  client.on("error", () => {});
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

const linesOf = (from: number, count: number) =>
  Buffer.from(Array.from({ length: count }, (_, at) => `${from + at}\t${"x".repeat(200)}\n`).join(""));

test("tens of thousands of rows arrive, however they are cut", async () => {
  await withClient(async (client) => {
    const copy = new CopyIn(client, "copy copied from stdin");
    for (let part = 0; part < 30; part++) await copy.write(linesOf(part * 1000, 1000));
    await copy.end();
    const { rows } = await client.query("select count(*)::int as n, min(length(text)) as width from copied");
    expect(rows).toEqual([{ n: 30_000, width: 200 }]);
    let bytes = 0;
    for await (const chunk of client.query(to("copy copied to stdout"))) bytes += chunk.length;
    expect(bytes).toBe(Array.from({ length: 30_000 }, (_, n) => String(n).length + 202).reduce((a, b) => a + b));
    await client.query("truncate copied");
  });
});

test("a refused row is told by the next write or by the end, and the connection stays usable", async () => {
  await withClient(async (client) => {
    const copy = new CopyIn(client, "copy copied from stdin");
    await copy.write(Buffer.from("no number\tx\n"));
    const writing = (async () => {
      for (let part = 0; ; part++) await copy.write(linesOf(part * 1000, 1000));
    })();
    await expect(writing).rejects.toThrow(/invalid input syntax/);
    await expect(copy.end()).rejects.toThrow(/invalid input syntax/);
    expect((await client.query("select 1 as n")).rows).toEqual([{ n: 1 }]);
    const missing = new CopyIn(client, "copy nowhere from stdin");
    await expect(missing.end()).rejects.toThrow(/does not exist/);
    expect((await client.query("select count(*)::int as n from copied")).rows).toEqual([{ n: 0 }]);
  });
});

test("rows that stop coming end by an error: a failing query, a connection that is cut", async () => {
  await withClient(async (client) => {
    const failing = client.query(
      to("copy (select 1 / (5000 - n), repeat('x', 100) from generate_series(1, 9000) n) to stdout"),
    );
    await expect(drain(failing)).rejects.toThrow(/division by zero/);
    expect((await client.query("select 1 as n")).rows).toEqual([{ n: 1 }]);
    const cut = client.query(to("copy (select n, pg_sleep(0.001) from generate_series(1, 100000) n) to stdout"));
    const ending = expect(drain(cut)).rejects.toThrow(/terminat/);
    const end = "select pg_terminate_backend(pid) from pg_stat_activity where query like 'copy (select n%'";
    while ((await db.query(end)).length === 0) await sleep(10);
    await ending;
  });
});

async function drain(rows: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of rows);
}
