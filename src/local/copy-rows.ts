/** PostgreSQL's COPY over a plain connection: rows as text, one a line, streamed in either direction. */
import { once } from "node:events";
import { Readable } from "node:stream";
import type pg from "pg";

/** What `pg` hands to whoever runs a COPY; its types leave these out. */
interface CopyConnection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

const ROWS_AHEAD = 500;

/** The rows of a `copy … to stdout`, one at a time. Ends by an error of the stream when PostgreSQL refuses it. */
export function copyOut(client: pg.ClientBase, sql: string): Readable {
  return client.query(new CopyOut(sql));
}

class CopyOut extends Readable {
  readonly #sql: string;
  #socket: pg.Connection["stream"] | null = null;

  constructor(sql: string) {
    super({ objectMode: true, highWaterMark: ROWS_AHEAD });
    this.#sql = sql;
  }

  submit(connection: pg.Connection): void {
    this.#socket = connection.stream;
    connection.query(this.#sql);
  }

  override _read(): void {
    this.#socket?.resume();
  }

  /** Each is one row: the protocol says so. The parser goes on using its buffer. */
  handleCopyData({ chunk }: { chunk: Buffer }): void {
    if (!this.push(Buffer.from(chunk))) this.#socket?.pause();
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.push(null);
  }

  handleError(error: Error): void {
    this.#socket?.resume();
    this.destroy(error);
  }
}

export interface CopyIn {
  /** Whole lines. Waits while the server can't follow; rejects when it refused what came before. */
  write(lines: Buffer): Promise<void>;
  end(): Promise<void>;
}

/** Starts a `copy … from stdin`. */
export async function copyIn(client: pg.ClientBase, sql: string): Promise<CopyIn> {
  const copy = client.query(new CopyInto(sql));
  await copy.started;
  return copy;
}

class CopyInto implements CopyIn {
  readonly started: Promise<void>;
  readonly #sql: string;
  readonly #begun = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #socket: pg.Connection["stream"] | null = null;
  #connection: CopyConnection | null = null;
  #refusal: Error | null = null;

  constructor(sql: string) {
    this.#sql = sql;
    this.started = this.#begun.promise;
    // Whoever writes or ends hears of it.
    this.#ended.promise.catch(() => {});
  }

  submit(connection: pg.Connection): void {
    this.#socket = connection.stream;
    connection.query(this.#sql);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.#connection = connection;
    this.#begun.resolve();
  }

  async write(lines: Buffer): Promise<void> {
    if (this.#refusal) throw this.#refusal;
    this.#connection?.sendCopyFromChunk(lines);
    if (this.#socket?.writableNeedDrain) await Promise.race([once(this.#socket, "drain"), this.#ended.promise]);
  }

  async end(): Promise<void> {
    if (!this.#refusal) this.#connection?.endCopyFrom();
    await this.#ended.promise;
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#ended.resolve();
  }

  handleError(error: Error): void {
    this.#refusal = error;
    this.#begun.reject(error);
    this.#ended.reject(error);
  }
}
