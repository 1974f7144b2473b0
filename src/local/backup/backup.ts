/** Writes a whole database into one file while it is in use: every table as of one moment. */
import { createHash } from "node:crypto";
import { closeSync, createWriteStream, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import pg from "pg";
import { to } from "pg-copy-streams";
import { z } from "zod";
import { endSchema, FORMAT, type Header, headerSchema, TABLE_ENDS } from "./file.ts";

export interface BackupOptions {
  readonly databaseUrl: string;
  /** Must not be there yet. */
  readonly file: string;
  /** After each table: how many of all are written, and the rows so far. */
  readonly onTable?: (done: number, all: number, rows: number) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

export interface BackupReport {
  readonly file: string;
  readonly bytes: number;
  readonly rows: number;
  readonly takenAt: string;
}

/** Tables of the schema. A daily table of tasks that a clean-up is exchanging just now is not attached, and is left out. */
const TABLES = `
select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  and c.relname !~ '^tasks_[0-9]{8}'
group by c.relname order by c.relname`;

const PARTITIONS = `
select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound
from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'public.tasks'::regclass and c.relname <> 'tasks_default' order by c.relname`;

const MIGRATIONS = `select created_at as when, hash from drizzle.__drizzle_migrations order by created_at`;
const MOMENT = `
select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as taken_at,
  current_setting('server_version') as postgres`;

/** Throws an Error with a sentence; then there is no file. */
export async function takeBackup(options: BackupOptions): Promise<BackupReport> {
  const file = resolve(options.file);
  if (existsSync(file))
    throw new Error(`${file} is there already: a backup never replaces another. Name another file.`);
  const part = `${file}.part`;
  // A killed run may have left it, or another account in a shared folder: we write only into a file that we made.
  rmSync(part, { force: true });
  const client = new pg.Client({ connectionString: options.databaseUrl, application_name: "agonus-backup" });
  // The statement that waits for a broken connection reports it; without this handler the event would end the process.
  client.on("error", () => {});
  await client.connect();
  try {
    const header = await freeze(client);
    const counted = { rows: 0 };
    const text = Readable.from(write(client, header, counted, options));
    await pipeline(text, createGzip(), createWriteStream(part, { mode: 0o600, flags: "wx" }), {
      ...(options.signal ? { signal: options.signal } : {}),
    });
    flush(part);
    renameSync(part, file);
    return { file, bytes: statSync(file).size, rows: counted.rows, takenAt: header.taken_at };
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Begins the transaction that sees one moment. The locks come before its first look: they hold back a migration and the
 * clean-up's change of a day, because the new table of a day would look empty in this transaction. The locks hold up nothing else.
 */
async function freeze(client: pg.Client): Promise<Header> {
  await client.query("set lock_timeout = '10s'");
  // A copy of a large table outlasts what db:migrate bounds a role's statements to.
  await client.query("set statement_timeout = 0");
  const tables = z
    .array(z.object({ name: z.string(), columns: z.array(z.string()) }))
    .parse(await rowsOf(client, TABLES));
  if (!tables.some(({ name }) => name === "tasks")) throw new Error("This database holds no Agonus.");
  const names = tables.map(({ name }) => pg.escapeIdentifier(name));
  await client.query("begin isolation level repeatable read read only");
  await client.query(`lock table ${names.join(", ")} in access share mode`);
  const [moment] = await rowsOf(client, MOMENT);
  const migrations = await rowsOf(client, MIGRATIONS);
  return headerSchema.parse({
    agonus_backup: FORMAT,
    ...moment,
    migrations: migrations.map(({ when, hash }) => ({ when: Number(when), hash })),
    partitions: await rowsOf(client, PARTITIONS),
    tables,
  });
}

async function rowsOf(client: pg.Client, text: string): Promise<Record<string, unknown>[]> {
  return (await client.query<Record<string, unknown>>(text)).rows;
}

async function* write(
  client: pg.Client,
  header: Header,
  counted: { rows: number },
  { onTable, signal }: BackupOptions,
): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  const hashed = (text: Buffer) => {
    hash.update(text);
    return text;
  };
  yield hashed(Buffer.from(`${JSON.stringify(header)}\n`));
  const rows: number[] = [];
  for (const { name, columns } of header.tables) {
    const list = columns.map((column) => pg.escapeIdentifier(column)).join(", ");
    let count = 0;
    for await (const chunk of chunksOf(client, `copy (select ${list} from ${pg.escapeIdentifier(name)}) to stdout`)) {
      signal?.throwIfAborted();
      count += linesIn(chunk);
      yield hashed(chunk);
    }
    yield hashed(Buffer.from(`${TABLE_ENDS}\n`));
    rows.push(count);
    counted.rows += count;
    await onTable?.(rows.length, header.tables.length, counted.rows);
  }
  await client.query("commit");
  yield Buffer.from(`${JSON.stringify(endSchema.parse({ rows, sha256: hash.digest("hex") }))}\n`);
}

/** The rows of a `copy … to stdout`, cut anywhere. */
function chunksOf(client: pg.Client, sql: string): AsyncIterable<Buffer> {
  return client.query(to(sql));
}

/** One line is one row: COPY escapes the line breaks inside values. */
function linesIn(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count++;
  return count;
}

/** Writes the file to the disk before it gets its final name: a power cut leaves no file that looks whole. */
function flush(file: string): void {
  const handle = openSync(file, "r+");
  fsyncSync(handle);
  closeSync(handle);
}
