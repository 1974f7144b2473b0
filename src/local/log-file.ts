/** A log file in the data folder that can't fill the disk: past its size it becomes `<name>.1`, and a new one begins. */
import { closeSync, openSync, renameSync, statSync, writeSync } from "node:fs";

const MAX_BYTES = 20 * 1024 * 1024;

export class LogFile {
  readonly #path: string;
  #file: number;
  #bytes: number;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, "a", 0o600);
    this.#bytes = statSync(path).size;
  }

  write(text: string): void {
    this.#bytes += writeSync(this.#file, text);
    if (this.#bytes < MAX_BYTES) return;
    closeSync(this.#file);
    renameSync(this.#path, `${this.#path}.1`);
    this.#file = openSync(this.#path, "a", 0o600);
    this.#bytes = 0;
  }

  close(): void {
    closeSync(this.#file);
  }
}
