/** A backup's file: whole or refused; what comes back is what was there, whatever happens to the database meanwhile. */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { takeBackup } from "../../../src/local/backup/backup.ts";
import { DamagedBackup, type Header, readBackup } from "../../../src/local/backup/file.ts";
import { RestoreRefused, restoreBackup } from "../../../src/local/backup/restore.ts";
import { openDatabase } from "../../../src/local/postgres/open-database.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
let cup: World;
let folder = "";
let file = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "agonus-backup-"));
  chmodSync(folder, 0o711);
  file = join(folder, "whole.gz");
  db = await openTestDatabase();
  cup = await world(db.query, { market: "replay", rounds: 3 });
  const run = inProcess(db.query);
  for (const { id } of cup.entries) {
    const orders = [{ side: "buy", symbol: "BTC-USDT", amount: "50" }];
    const choice = { orders, reasoning: "tab\there, \\N, \\. and a new\nline", confidence: 1, memory: { "ü\\": "\t" } };
    run.answer(id, () => ({ kind: "choice", choice, recovered: false }));
  }
  await advance(run.ports, cup.id);
  await run.drain();
  await db.query(`insert into audit (id, actor, action) values (gen_random_uuid(), 'operator', 'task.cancel')`);
  await db.query(
    "insert into sessions (token_hash, expires_at) values ('of one who signs out', agonus_now() + interval '1 hour')",
  );
  await takeBackup({ databaseUrl: db.url, file });
});
afterAll(async () => {
  await db.close();
  await closeTestServer();
  rmSync(folder, { recursive: true, force: true });
});

/** Every row of every table, as text. */
async function contents(query: TestDatabase["query"]): Promise<Record<string, unknown>> {
  const tables = await query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by 1`,
  );
  const all: Record<string, unknown> = {};
  for (const { name } of tables) {
    // Roll-ups may be folded otherwise: their sums are what counts.
    const what =
      name === "task_counts"
        ? "select name, queue, state, sum(tasks) from task_counts group by 1, 2, 3"
        : `select * from ${name}`;
    all[name] = await query(
      `select md5(string_agg(x::text, e'\\n' order by x::text)) as rows, count(*) as n from (${what}) x`,
    );
  }
  return all;
}

const restore = (from: string, dataDir: string) =>
  restoreBackup({ file: from, dataDir, replace: false, keepObjects: false, fsync: false, onLine: () => {} });

test("what comes back is every row as it was, triggers, days and all; but no session: it may have ended since", async () => {
  const data = join(folder, "data");
  expect(await restore(file, data)).toMatchObject({ migrated: 0 });
  const restored = await openDatabase(data);
  try {
    const { sessions, ...others } = await contents(restored.query);
    expect(sessions).toMatchObject([{ n: 0 }]);
    expect(await contents(db.query)).toMatchObject({ ...others, sessions: [{ n: 1 }] });
    const days = `select c.relname, pg_get_expr(c.relpartbound, c.oid) as bound from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'tasks'::regclass order by 1`;
    expect(await restored.query(days)).toEqual(await db.query(days));
    await expect(restored.query(`delete from audit`)).rejects.toThrow();
  } finally {
    await restored.close();
  }
  await expect(restore(file, data)).rejects.toThrow(/--yes if that is meant/);
});

test("a file that was cut short or changed anywhere is refused before anything is touched", async () => {
  const text = gunzipSync(readFileSync(file));
  const packed = readFileSync(file);
  const [first = "", ...rest] = text.toString("utf8").split("\n");
  const header: Header = JSON.parse(first);
  const sealed = (lines: readonly string[]) => {
    const body = `${lines.slice(0, -2).join("\n")}\n`;
    const end = JSON.parse(lines.at(-2) ?? "{}");
    return gzipSync(`${body}${JSON.stringify({ ...end, sha256: createHash("sha256").update(body).digest("hex") })}\n`);
  };
  const renamed = {
    ...header,
    tables: header.tables.map((table, i) => (i === 0 ? { ...table, name: "x; drop" } : table)),
  };
  const damages: Record<string, Buffer> = {
    "a few bytes are missing": packed.subarray(0, -10),
    "half is missing": packed.subarray(0, packed.length >> 1),
    "a byte is another": Buffer.from(packed).fill(1, packed.length >> 1, (packed.length >> 1) + 1),
    "the last line is missing": gzipSync(text.subarray(0, text.lastIndexOf("\n", text.length - 2) + 1)),
    "a digit is another": gzipSync(text.toString("utf8").replace(/0\.\d{6}1/, (found) => `${found.slice(0, -1)}2`)),
    "something follows": gzipSync(Buffer.concat([text, Buffer.from("more\n")])),
    "it was never one": Buffer.from("hello"),
    "it is empty": Buffer.alloc(0),
    "it is another gzip": gzipSync("hello\n"),
    "a table has a name that none has": sealed([JSON.stringify(renamed), ...rest]),
  };
  for (const [name, bytes] of Object.entries(damages)) {
    const damaged = join(folder, "damaged.gz");
    writeFileSync(damaged, bytes);
    await expect(readBackup(damaged, {}), name).rejects.toThrow(DamagedBackup);
    await expect(restore(damaged, join(folder, "none")), name).rejects.toThrow(RestoreRefused);
    expect(existsSync(join(folder, "none")), name).toBe(false);
  }
  const newer = { ...header, migrations: [...header.migrations, { when: 4_000_000_000_000, hash: "x" }] };
  writeFileSync(join(folder, "newer.gz"), sealed([JSON.stringify(newer), ...rest]));
  await expect(restore(join(folder, "newer.gz"), join(folder, "none"))).rejects.toThrow(/comes from a newer Agonus/);
  const older = { ...header, migrations: [{ when: 1_795_743_824_720, hash: "x" }] };
  writeFileSync(join(folder, "older.gz"), sealed([JSON.stringify(older), ...rest]));
  await expect(restore(join(folder, "older.gz"), join(folder, "none"))).rejects.toThrow(/from an older Agonus/);
  writeFileSync(join(folder, "format.gz"), gzipSync(`${JSON.stringify({ ...header, agonus_backup: 2 })}\n`));
  await expect(restore(join(folder, "format.gz"), join(folder, "none"))).rejects.toThrow(/a newer Agonus wrote it/);
});

test("a backup is of one moment, though rows are written while it is taken; a clean-up waits", async () => {
  const before = await contents(db.query);
  const busy = join(folder, "busy.gz");
  await takeBackup({
    databaseUrl: db.url,
    file: busy,
    onTable: async (done) => {
      if (done !== 1) return;
      await db.query(`update entries set prevented = prevented + 1`);
      // A day that is exchanged now would be empty to the backup, whose look is older.
      await db.session(async (session) => {
        await session("begin");
        const exchange = session(`lock table tasks in access exclusive mode nowait`);
        await expect(exchange).rejects.toThrow(/could not obtain lock/);
        await session("rollback");
      });
    },
  });
  expect((await db.query<{ n: number }>(`select max(prevented) as n from entries`))[0]?.n).toBe(1);
  await db.query(`update entries set prevented = 0`);
  const data = join(folder, "busy");
  await restore(busy, data);
  const restored = await openDatabase(data);
  try {
    expect(await contents(restored.query)).toMatchObject({ ...before, sessions: [{ n: 0 }] });
  } finally {
    await restored.close();
  }
});

test("a backup that fails leaves no file, and none is ever replaced", async () => {
  const stop = new AbortController();
  const half = join(folder, "half.gz");
  const taking = takeBackup({ databaseUrl: db.url, file: half, signal: stop.signal, onTable: () => stop.abort() });
  await expect(taking).rejects.toThrow();
  expect([half, `${half}.part`].filter(existsSync)).toEqual([]);
  await expect(takeBackup({ databaseUrl: db.url, file })).rejects.toThrow(/is there already/);
});
