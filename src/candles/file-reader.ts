/** Reads the candles of one file from its bytes, whatever its shape. */
import { type Facts, newFacts } from "./facts.ts";
import { JsonReader } from "./json-reader.ts";
import { CandleFault, type Row } from "./row.ts";
import { TableReader } from "./table-reader.ts";

/** Files that a program could mistake for text, by their first bytes. */
const OTHERS: readonly (readonly [string, string])[] = [
  ["PAR1", "is a Parquet file; write it as CSV, for example with pandas' to_csv"],
  ["ARROW1", "is a Feather file; freqtrade writes JSON by convert-data --format-to json"],
  ["FEA1", "is a Feather file; freqtrade writes JSON by convert-data --format-to json"],
  ["\u0089HDF", "is an HDF5 file; freqtrade writes JSON by convert-data --format-to json"],
  ["SQLite format 3", "is an SQLite database; write its table as CSV"],
  ["PK\u0003\u0004", "is an archive inside another one; unpack it first"],
  ["\u001f\u008b", "is an archive inside another one; unpack it first"],
  ["7z\u00bc\u00af", "is a 7z archive; unpack it first"],
  ["Rar!", "is a RAR archive; unpack it first"],
  ["\u00ff\u00fe", "is UTF-16 text; save it as UTF-8"],
  ["\u00fe\u00ff", "is UTF-16 text; save it as UTF-8"],
];

export class FileReader {
  readonly facts: Facts = newFacts();
  readonly #name: string;
  readonly #base: string | null;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  #reader: TableReader | JsonReader | null = null;
  #isFirst = true;
  /** White space before anything else: it has lines that count. */
  #lead = "";

  /** `name`: as sentences name the file. `base`: of its symbol, if it is known. */
  constructor(name: string, base: string | null) {
    this.#name = name;
    this.#base = base;
  }

  /** The rows that these bytes completed. Throws a CandleFault. */
  push(bytes: Uint8Array): Row[] {
    if (bytes.length === 0) return [];
    if (this.#isFirst) this.#refuseOthers(bytes);
    this.#isFirst = false;
    return this.#text(this.#decode(bytes, true));
  }

  /** The last rows. Throws a CandleFault if anything was wrong with the file. */
  end(): Row[] {
    const rows = this.#text(this.#decode(new Uint8Array(0), false));
    if (this.#reader === null) throw new CandleFault(`${this.#name}: is empty`);
    rows.push(...this.#reader.end());
    if (this.facts.rows === 0) throw new CandleFault(`${this.#name}: has no candles`);
    return rows;
  }

  #text(text: string): Row[] {
    if (this.#reader === null) {
      this.#lead += text;
      const start = this.#lead.trimStart();
      if (start === "") return [];
      const isJson = start.startsWith("[") || start.startsWith("{");
      this.#reader = isJson
        ? new JsonReader(this.#name, this.facts)
        : new TableReader(this.#name, this.facts, this.#base);
      return this.#reader.push(this.#lead);
    }
    return this.#reader.push(text);
  }

  #decode(bytes: Uint8Array, stream: boolean): string {
    try {
      return this.#decoder.decode(bytes, { stream });
    } catch {
      throw new CandleFault(`${this.#name}: is no UTF-8 text`);
    }
  }

  #refuseOthers(bytes: Uint8Array): void {
    const start = String.fromCharCode(...bytes.subarray(0, 16));
    const [, what] = OTHERS.find(([magic]) => start.startsWith(magic)) ?? [];
    if (what !== undefined) throw new CandleFault(`${this.#name}: ${what}`);
    if (bytes.subarray(0, 1000).includes(0)) throw new CandleFault(`${this.#name}: is no text`);
  }
}
