/** Writes a series as our CSV. The name that it stands under in the end is given when everything is written. */
import { type FileHandle, open } from "node:fs/promises";
import type { Row } from "../../candles/row.ts";
import type { CandleSink } from "./read-series.ts";

const FLUSH_BYTES = 256 * 1024;
const HEADER = "open_time,open,high,low,close,volume";

export class CsvFile implements CandleSink {
  readonly #handle: FileHandle;
  readonly #withFilled: boolean;
  /** Lines go into bytes at once: strings that wait for a flush would live long enough to make the heap grow. */
  #buffer = Buffer.allocUnsafe(2 * FLUSH_BYTES);
  #used = 0;

  private constructor(handle: FileHandle, withFilled: boolean) {
    this.#handle = handle;
    this.#withFilled = withFilled;
    this.#write(this.#header);
  }

  /** `withFilled`: with the last column `filled`, 0 or 1. */
  static async create(path: string, withFilled: boolean): Promise<CsvFile> {
    return new CsvFile(await open(path, "ax"), withFilled);
  }

  get #header(): string {
    return `${HEADER}${this.#withFilled ? ",filled" : ""}\n`;
  }

  add({ openAt, open: opened, high, low, close, volume, filled }: Row): void {
    const mark = this.#withFilled ? (filled ? ",1" : ",0") : "";
    this.#write(`${openAt},${opened},${high},${low},${close},${volume}${mark}\n`);
  }

  settle(): Promise<void> | undefined {
    return this.#used < FLUSH_BYTES ? undefined : this.#flush();
  }

  async reset(): Promise<void> {
    await this.#handle.truncate(0);
    this.#used = 0;
    this.#write(this.#header);
  }

  /** Everything is on the disk when it resolves. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** The text is ASCII: digits, points, commas and the names of columns. */
  #write(text: string): void {
    if (this.#used + text.length > this.#buffer.length) {
      // A long gap that is filled comes at once.
      const larger = Buffer.allocUnsafe(2 * this.#buffer.length);
      this.#buffer.copy(larger, 0, 0, this.#used);
      this.#buffer = larger;
    }
    this.#used += this.#buffer.write(text, this.#used, "latin1");
  }

  async #flush(): Promise<void> {
    const bytes = this.#buffer.subarray(0, this.#used);
    this.#used = 0;
    await this.#handle.appendFile(bytes);
  }
}
