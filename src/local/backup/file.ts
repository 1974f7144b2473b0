/**
 * A backup's file: gzipped text. One line of JSON says what is in it; then come the tables in that order, each in
 * PostgreSQL's own COPY format, ended by a line `\.`; the last line counts the rows and holds the SHA-256 of all before
 * it. A file that was cut short or changed is found out before anything is touched.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { z } from "zod";

export const FORMAT = 1;

const name = z.string().regex(/^[a-z_][a-z0-9_]*$/);
const uuid = "'[0-9a-f-]{36}'";

export const headerSchema = z.strictObject({
  agonus_backup: z.literal(FORMAT),
  taken_at: z.iso.datetime(),
  postgres: z.string(),
  /** The migrations that the database had been through, oldest first: the rows below fit that schema. */
  migrations: z.array(z.strictObject({ when: z.number().int(), hash: z.string() })).min(1),
  /** The daily partitions of the table of tasks. */
  partitions: z.array(
    z.strictObject({
      name: z.string().regex(/^tasks_\d{8}(_kept)?$/),
      bound: z.string().regex(new RegExp(`^FOR VALUES FROM \\(${uuid}\\) TO \\(${uuid}\\)$`)),
    }),
  ),
  tables: z.array(z.strictObject({ name, columns: z.array(name).min(1) })).min(1),
});
export type Header = z.infer<typeof headerSchema>;

export const endSchema = z.strictObject({
  /** By table, in the header's order. */
  rows: z.array(z.number().int().nonnegative()),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** The line that ends a table's rows. */
export const TABLE_ENDS = "\\.";

/** The file is not a backup, or not a whole one. */
export class DamagedBackup extends Error {}

export interface BackupVisitor {
  /** Throws to go no further. */
  header?(header: Header): void | Promise<void>;
  /** Whole lines of one table; tables come in the header's order, those without rows are left out. */
  rows?(table: number, lines: Buffer): Promise<void>;
  /** Bytes of the file read so far. */
  onBytes?(bytes: number): void;
  readonly signal?: AbortSignal;
}

/** Reads the file through and checks it. Throws DamagedBackup; the visitor has then seen a part of the file. */
export async function readBackup(file: string, visitor: BackupVisitor): Promise<{ header: Header; rows: number[] }> {
  const reading = createReadStream(file, visitor.signal ? { signal: visitor.signal } : {});
  const text = createGunzip();
  reading.once("error", (error) => text.destroy(error));
  const pass = new Pass(visitor);
  try {
    for await (const chunk of reading.pipe(text)) {
      await pass.take(chunk);
      visitor.onBytes?.(reading.bytesRead);
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!code.startsWith("Z_")) throw error;
    const cut = code === "Z_BUF_ERROR" && pass.begun;
    throw new DamagedBackup(cut ? "it is cut short" : pass.begun ? "it is damaged" : "it is no backup of Agonus");
  } finally {
    reading.destroy();
  }
  return pass.finish();
}

/** Cuts the text into its parts. */
class Pass {
  readonly #visitor: BackupVisitor;
  readonly #hash = createHash("sha256");
  readonly #rows: number[] = [];
  #header: Header | null = null;
  #end: z.infer<typeof endSchema> | null = null;
  #rest: Buffer = Buffer.alloc(0);

  constructor(visitor: BackupVisitor) {
    this.#visitor = visitor;
  }

  get begun(): boolean {
    return this.#header !== null;
  }

  async take(chunk: Buffer): Promise<void> {
    let text = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#header === null) {
      const at = text.indexOf(10);
      if (at >= 0) {
        this.#header = parse(headerSchema, text.subarray(0, at), "it is no backup of Agonus");
        this.#hash.update(text.subarray(0, at + 1));
        await this.#visitor.header?.(this.#header);
        text = text.subarray(at + 1);
      }
    }
    if (this.#header !== null) text = await this.#lines(text, this.#header.tables.length);
    this.#rest = Buffer.from(text);
  }

  /** Takes whole lines; answers the beginning of the one that is not whole yet. */
  async #lines(text: Buffer, tables: number): Promise<Buffer> {
    let from = 0;
    let at = 0;
    let count = 0;
    const flush = async () => {
      const lines = text.subarray(from, at);
      this.#hash.update(lines);
      const table = this.#rows.length;
      if (count > 0) await this.#visitor.rows?.(table, lines);
      this.#pending += count;
      count = 0;
      from = at;
    };
    for (let end = text.indexOf(10, at); end >= 0; end = text.indexOf(10, at)) {
      if (this.#end) throw new DamagedBackup("there is something behind its end");
      if (this.#rows.length === tables) {
        this.#end = parse(endSchema, text.subarray(at, end), "its last line is damaged");
        at = from = end + 1;
      } else if (end - at === 2 && text[at] === 92 && text[at + 1] === 46) {
        await flush();
        this.#hash.update(text.subarray(at, end + 1));
        at = from = end + 1;
        this.#rows.push(this.#pending);
        this.#pending = 0;
      } else {
        count += 1;
        at = end + 1;
      }
    }
    await flush();
    return text.subarray(at);
  }
  #pending = 0;

  finish(): { header: Header; rows: number[] } {
    if (this.#header === null) throw new DamagedBackup("it is no backup of Agonus");
    if (this.#end === null || this.#rest.length > 0) throw new DamagedBackup("it is cut short");
    const same = this.#end.rows.length === this.#rows.length && this.#end.rows.every((n, i) => n === this.#rows[i]);
    if (!same || this.#end.sha256 !== this.#hash.digest("hex")) throw new DamagedBackup("its content was changed");
    return { header: this.#header, rows: this.#rows };
  }
}

function parse<T>(schema: z.ZodType<T>, line: Buffer, otherwise: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line.toString("utf8"));
  } catch {
    throw new DamagedBackup(otherwise);
  }
  const format = z.looseObject({ agonus_backup: z.number() }).safeParse(value);
  if (format.success && format.data.agonus_backup > FORMAT) {
    throw new DamagedBackup(`a newer Agonus wrote it (format ${format.data.agonus_backup}, this one reads ${FORMAT})`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new DamagedBackup(otherwise);
  return parsed.data;
}
