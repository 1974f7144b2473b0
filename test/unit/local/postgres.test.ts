/** The embedded PostgreSQL: where it must not start, and what it says. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { LOG_BYTES_MAX } from "../../../src/local/log-file.ts";
import { startPostgres } from "../../../src/local/postgres/postgres.ts";

const folder = mkdtempSync(join(tmpdir(), "agonus-postgres-"));
chmodSync(folder, 0o711);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a cluster of another major version is refused, with a way on, and left as it is", async () => {
  const dataDir = join(folder, "pg");
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, "PG_VERSION"), "18\n");
  await expect(startPostgres({ dataDir })).rejects.toThrow(
    /pg was made by PostgreSQL 18, .* runs PostgreSQL 17\. .*npm run backup.*npm run db:reset/,
  );
  expect(readdirSync(dataDir)).toEqual(["PG_VERSION"]);
  expect(readFileSync(join(dataDir, "PG_VERSION"), "utf8")).toBe("18\n");
});

test("its log has a size and begins anew, is its owner's alone, and holds its errors and its last words", async () => {
  const dataDir = join(folder, "logged");
  const logFile = `${dataDir}.log`;
  writeFileSync(logFile, "x".repeat(LOG_BYTES_MAX - 10), { mode: 0o600 });
  const postgres = await startPostgres({ dataDir, fsync: false });
  const client = new pg.Client(postgres.url);
  await client.connect();
  await expect(client.query("select 1 / 0")).rejects.toMatchObject({ code: "22012" });
  await client.end();
  await postgres.stop();
  await expect.poll(() => readFileSync(logFile, "utf8")).toMatch(/division by zero[\s\S]*database system is shut down/);
  expect(statSync(logFile).size).toBeLessThan(100_000);
  expect(statSync(logFile).mode & 0o777).toBe(0o600);
  expect(statSync(`${logFile}.1`).size).toBeLessThanOrEqual(LOG_BYTES_MAX);
});

test("a run that is killed leaves a server that goes on without a log", async () => {
  const dataDir = join(folder, "left");
  const code = `import { startPostgres } from ${JSON.stringify(join(import.meta.dirname, "../../../src/local/postgres/postgres.ts"))};
    const { adminUrl } = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, fsync: false });
    process.stdout.write(adminUrl);
    process.kill(process.pid, "SIGKILL");`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  const client = new pg.Client(stdout);
  await client.connect();
  for (let times = 0; times < 100; times++) await client.query("select 1 / 0").catch(() => {});
  // More than a pipe holds: nobody reads it any more, and nobody must wait for that.
  await client.query("do $$ begin for i in 1..2000 loop raise log '%', repeat('x', 500); end loop; end $$");
  expect((await client.query("select 4711 as n")).rows).toEqual([{ n: 4711 }]);
  await client.end();
  const said: string[] = [];
  const next = await startPostgres({ dataDir, fsync: false, onLine: (line) => said.push(line) });
  expect(said.join()).toContain("that an earlier run left behind");
  await next.stop();
});
