/** Sends rows into a table by PostgreSQL's COPY, with one caller that waits for each part. */
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { setImmediate as turn } from "node:timers/promises";
import type pg from "pg";
import { from } from "pg-copy-streams";

export class CopyIn {
  readonly #copy: Writable;
  readonly #ended: Promise<void>;
  #refusal: Error | null = null;

  /** Starts a `copy … from stdin`. */
  constructor(client: pg.ClientBase, sql: string) {
    this.#copy = client.query(from(sql));
    this.#ended = finished(this.#copy);
    // `write` and `end` throw it; between two calls of theirs nobody waits for it.
    this.#ended.catch((error: Error) => {
      this.#refusal = error;
    });
  }

  /** Whole lines. Waits while the server can't follow; rejects when the server refused what came before. */
  async write(lines: Buffer): Promise<void> {
    if (this.#refusal) throw this.#refusal;
    const sent = new Promise<void>((done) => this.#copy.write(lines, () => done()));
    // After a refusal the stream calls nobody back.
    await Promise.race([sent, this.#ended]);
    // A socket that takes everything at once never lets the event loop turn, and a refusal comes in only when it turns.
    await turn();
  }

  async end(): Promise<void> {
    if (!this.#refusal) this.#copy.end();
    await this.#ended;
  }
}
