/** A log file in the data folder that can't fill the disk: past its size it becomes `<name>.1`, and a new one begins. */
import { closeSync, openSync, renameSync, statSync, writeSync } from "node:fs";

export const LOG_BYTES_MAX = 20 * 1024 * 1024;

export class LogFile {
  readonly #path: string;
  #file: number;
  #bytes: number;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, "a", 0o600);
    this.#bytes = statSync(path).size;
  }

  /** Never throws: a log that can't be written (a full disk) must not end the process that it is about. */
  write(text: string | Uint8Array): void {
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    try {
      if (this.#bytes > 0 && this.#bytes + bytes.byteLength > LOG_BYTES_MAX) this.#beginAnew();
      this.#bytes += writeSync(this.#file, bytes.subarray(0, LOG_BYTES_MAX));
    } catch {
      // There is no other place to report it.
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #beginAnew(): void {
    renameSync(this.#path, `${this.#path}.1`);
    const old = this.#file;
    this.#file = openSync(this.#path, "a", 0o600);
    this.#bytes = 0;
    closeSync(old);
  }
}
