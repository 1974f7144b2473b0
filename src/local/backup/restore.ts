/**
 * Brings a backup's database into a data folder: read through and checked first, then built beside what is there, and put
 * in its place only when it is whole.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readMigrationFiles } from "drizzle-orm/migrator";
import pg from "pg";
import { z } from "zod";
import { lockDataFolder } from "../data-lock.ts";
import { migrateDatabase } from "../postgres/migrate.ts";
import { startPostgres, stopLeftPostgres } from "../postgres/postgres.ts";
import { OWNER } from "../postgres/roles.ts";
import { endLeftovers } from "../process-group.ts";
import { PROJECT } from "../worker/wrangler.ts";
import { CopyIn } from "./copy-rows.ts";
import { DamagedBackup, type Header, readBackup } from "./file.ts";
import { building, commitRestored, hasCluster, placeRestored } from "./restored-cluster.ts";

export interface RestoreOptions {
  readonly file: string;
  readonly dataDir: string;
  /** Whether the database that is there may be replaced. */
  readonly replace: boolean;
  /** Keeps the state of the Durable Objects. In production nobody can set it back to the time of the backup. */
  readonly keepObjects: boolean;
  /** Off in tests only. */
  readonly fsync?: boolean;
  readonly onLine: (line: string) => void;
  /** Bytes of the file: first it is checked, then restored. */
  readonly onBytes?: (step: "check" | "restore", done: number, all: number) => void;
  readonly signal?: AbortSignal;
}

export interface RestoreReport {
  readonly takenAt: string;
  readonly rows: number;
  /** Migrations that the backup had not been through yet. */
  readonly migrated: number;
}

/** The restore was refused and changed nothing. The message is a sentence. */
export class RestoreRefused extends Error {}

/** Throws RestoreRefused, DataFolderBusy or an Error; the folder's database is then what it was. */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  const dataDir = resolve(options.dataDir);
  const cluster = join(dataDir, "pg");
  const migrations = join(PROJECT, "migrations");
  const { header, rows } = await check(options);
  const newer = missingMigrations(header, migrations);
  if (hasCluster(cluster) && !options.replace) {
    throw new RestoreRefused(
      `There is a database in ${dataDir}, and it would be gone: --yes if that is meant, or --data DIR for another folder.`,
    );
  }
  const lock = lockDataFolder(dataDir, "a restore");
  const fresh = building(cluster);
  try {
    await endLeftovers(join(dataDir, "worker.pid"));
    await placeRestored(cluster);
    await stopLeftPostgres(fresh);
    rmSync(fresh, { recursive: true, force: true });
    await build(options, fresh, header, rows, migrations);
    options.signal?.throwIfAborted();
    // The objects' state belongs to the replaced database. Objects reload from the database, so removing the state early loses nothing.
    if (!options.keepObjects) rmSync(join(dataDir, "workerd"), { recursive: true, force: true });
    commitRestored(cluster);
    await placeRestored(cluster);
    return { takenAt: header.taken_at, rows: rows.reduce((sum, n) => sum + n, 0), migrated: newer };
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    for (const log of [`${fresh}.log`, `${fresh}.log.1`]) rmSync(log, { force: true });
    lock.release();
  }
}

/** Reads all of it, before anything is touched. */
async function check({ file, onBytes, signal }: RestoreOptions): Promise<{ header: Header; rows: number[] }> {
  if (!existsSync(file) || !statSync(file).isFile()) throw new RestoreRefused(`There is no file ${resolve(file)}.`);
  const all = statSync(file).size;
  try {
    return await readBackup(file, {
      onBytes: (done) => onBytes?.("check", done, all),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (!(error instanceof DamagedBackup)) throw error;
    throw new RestoreRefused(`${resolve(file)} can't be restored: ${error.message}. Nothing was touched.`);
  }
}

/** How many of this code's migrations the backup lacks. Throws RestoreRefused when it has others. */
function missingMigrations(header: Header, folder: string): number {
  const known = readMigrationFiles({ migrationsFolder: folder });
  header.migrations.forEach(({ when, hash }, at) => {
    const here = known[at];
    if (here?.folderMillis === when && here.hash === hash) return;
    const newer = known.every(({ folderMillis }) => folderMillis < when);
    throw new RestoreRefused(
      newer
        ? `The backup comes from a newer Agonus: its schema has ${header.migrations.length} migrations, this one ${known.length}. Restore it with that version. Nothing was touched.`
        : at === 0
          ? "The backup comes from an older Agonus, whose schema can't be carried over. Restore it with that version, or play its tournaments again: the same candles and seed give the same result. Nothing was touched."
          : `The backup's schema is not one of this Agonus (migration ${at + 1} of ${header.migrations.length} is another). Nothing was touched.`,
    );
  });
  return known.length - header.migrations.length;
}

async function build(
  options: RestoreOptions,
  fresh: string,
  header: Header,
  rows: readonly number[],
  migrations: string,
): Promise<void> {
  const postgres = await startPostgres({ dataDir: fresh, fsync: options.fsync ?? true, onLine: options.onLine });
  const client = new pg.Client({ connectionString: postgres.adminUrl, application_name: "agonus-restore" });
  client.on("error", () => {});
  try {
    await migrateTo(postgres.url, migrations, header.migrations.length);
    await client.connect();
    await load(client, options, header);
    await compare(client, header, rows);
    await migrateDatabase(postgres.url, migrations);
    // Who signed out after the backup was taken stays signed out.
    await client.query("delete from sessions");
    await client.query("analyze");
  } finally {
    await client.end().catch(() => {});
    await postgres.stop();
  }
}

const journalSchema = z.looseObject({ entries: z.array(z.unknown()) });

/** The schema as the backup's database had it: the first `count` migrations. */
async function migrateTo(url: string, migrations: string, count: number): Promise<void> {
  const journal = journalSchema.parse(JSON.parse(readFileSync(join(migrations, "meta/_journal.json"), "utf8")));
  const folder = mkdtempSync(join(tmpdir(), "agonus-migrations-"));
  try {
    cpSync(migrations, folder, { recursive: true });
    const entries = journal.entries.slice(0, count);
    writeFileSync(join(folder, "meta/_journal.json"), JSON.stringify({ ...journal, entries }));
    await migrateDatabase(url, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const quoted = pg.escapeIdentifier;

/** Loads all rows in one transaction. Triggers and foreign keys are off, because the rows must come back unchanged. */
async function load(client: pg.Client, options: RestoreOptions, header: Header): Promise<void> {
  const all = statSync(options.file).size;
  await client.query("begin");
  await client.query("set local session_replication_role = replica");
  // Only the setting above needs the superuser. Tables that are made below must belong to the owner.
  await client.query(`set role ${OWNER}`);
  await client.query(`truncate ${header.tables.map(({ name }) => quoted(name)).join(", ")}`);
  await remakeDays(client, header);
  const open: { table: number; copy: CopyIn | null } = { table: -1, copy: null };
  await readBackup(options.file, {
    onBytes: (done) => options.onBytes?.("restore", done, all),
    ...(options.signal ? { signal: options.signal } : {}),
    rows: async (table, lines) => {
      if (open.table !== table) {
        await open.copy?.end();
        const { name, columns } = header.tables[table] ?? { name: "", columns: [] };
        open.copy = new CopyIn(client, `copy ${quoted(name)} (${columns.map(quoted).join(", ")}) from stdin`);
        open.table = table;
      }
      await open.copy?.write(lines);
    },
  });
  await open.copy?.end();
  await client.query("commit");
}

/** Makes the daily partitions of tasks as they were. Otherwise rows would gather in the default partition, which is never dropped. */
async function remakeDays(client: pg.Client, { partitions }: Header): Promise<void> {
  const made = await client.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'tasks'::regclass and c.relname <> 'tasks_default'`,
  );
  for (const { name } of made.rows) await client.query(`drop table ${quoted(name)}`);
  for (const { name, bound } of partitions) {
    await client.query(`create table ${quoted(name)} partition of tasks ${bound}`);
  }
}

/** Compares row counts with the file, and counts the tasks anew: a clean-up may have changed its counts before it removed rows. */
async function compare(client: pg.Client, { tables }: Header, rows: readonly number[]): Promise<void> {
  for (const [at, { name }] of tables.entries()) {
    const { rows: found } = await client.query<{ n: string }>(`select count(*) as n from ${quoted(name)}`);
    if (Number(found[0]?.n) !== rows[at]) {
      throw new Error(`${name} has ${found[0]?.n} rows where the backup has ${rows[at]}`);
    }
  }
  await client.query("truncate task_counts");
  await client.query(
    "insert into task_counts (name, queue, state, tasks) select name, queue, state, count(*) from tasks group by 1, 2, 3",
  );
}
