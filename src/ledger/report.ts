/** Counts what was compared and collects errors. Each error names its row in a sentence. The list is capped, the count is not. */
import { type Decimal, exact, plain } from "./decimals.ts";

export interface LedgerError {
  readonly table: string;
  /** The row in words: "round 3, AlphaBot, order 0". */
  readonly key: string;
  readonly column?: string;
  readonly expected: string | null;
  readonly found: string | null;
  readonly sentence: string;
}

export interface RowName {
  readonly table: string;
  readonly key: string;
}

const MAX_ERRORS = 200;

export class Report {
  checked = 0;
  failures = 0;
  readonly errors: LedgerError[] = [];
  readonly #seen = new Set<string>();

  /** A value that must be the same text, number or null. */
  same(
    row: RowName,
    column: string,
    expected: string | number | boolean | null,
    found: typeof expected,
    why = "",
  ): void {
    this.checked++;
    if (expected !== found) this.#differs(row, column, show(expected), show(found), why);
  }

  /** Money: equal to the last digit. `found` null: the column is empty. */
  money(row: RowName, column: string, expected: Decimal, found: string | null, why = ""): void {
    this.checked++;
    if (found === null || !exact(found).eq(expected)) this.#differs(row, column, plain(expected), found, why);
  }

  /**
   * Statistics are floats: equal if they differ by at most one part in 1e9. A difference below `atom` is rounding noise, as in
   * a mean that should be zero.
   */
  float(row: RowName, column: string, expected: number, found: number | null, atom = 1e-13): void {
    this.checked++;
    const close =
      found !== null &&
      Math.abs(expected - found) <= Math.max(1e-9 * Math.max(Math.abs(expected), Math.abs(found)), atom);
    if (!close) this.#differs(row, column, String(expected), show(found), "");
  }

  /** A fact that must hold. If it does not, the error's sentence is the row's name and `says`. */
  holds(row: RowName, fact: boolean, expected: string | null, found: string | null, says: string): void {
    this.checked++;
    if (!fact) this.add({ ...row, expected, found, sentence: `${row.table}: ${row.key} ${says}.` });
  }

  /** An error like one of `holds`, but reported only once for each row. */
  once(row: RowName, expected: string | null, found: string | null, says: string): void {
    const name = `${row.table}\n${row.key}`;
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    this.holds(row, false, expected, found, says);
  }

  add(error: LedgerError, first = false): void {
    this.failures++;
    if (first) this.errors.unshift(error);
    else this.errors.push(error);
    if (this.errors.length > MAX_ERRORS) this.errors.pop();
  }

  #differs(row: RowName, column: string, expected: string | null, found: string | null, why: string): void {
    const sentence = `${row.table}.${column} of ${row.key} is ${found ?? "empty"} where ${expected ?? "nothing"} follows${why && ` ${why}`}.`;
    this.add({ ...row, column, expected, found, sentence });
  }
}

function show(value: string | number | boolean | null): string | null {
  return value === null ? null : String(value);
}
