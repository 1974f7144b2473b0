/**
 * Parses JSON and finds numbers that lose digits. A JSON number becomes a float, and the float may be another number:
 * 9007199254740993 becomes 9007199254740992. A number is exact if the shortest text of its float has the same value as the
 * text that was written: `1.0`, `0.10`, `1e-7` and `0.7` are exact, `0.1000000000000000055` is not.
 */

/** Takes the place of a number that its float does not keep exactly. */
export class InexactNumber {
  readonly message = "loses digits as a JSON number: write it as a string, or with fewer digits";
}

/** A float keeps any 15 digits, so only a text with a longer token or an exponent may hold an inexact number. */
const MAY_BE_INEXACT = /[\d.]{16}|\d[eE]/;

/** Throws a SyntaxError if `text` is no JSON. `mayCheckNumbers` decides by the parsed value whether numbers are checked too. */
export function parseJson(text: string, mayCheckNumbers: (value: unknown) => boolean): unknown {
  const value: unknown = JSON.parse(text);
  // JSON.parse calls a reviver recursively, so `mayCheckNumbers` must refuse a document that is too deep.
  if (!MAY_BE_INEXACT.test(text) || !mayCheckNumbers(value)) return value;
  return JSON.parse(text, (_key: string, part: unknown, context?: { readonly source?: string }) =>
    typeof part !== "number" || context?.source === undefined || isExact(context.source, part)
      ? part
      : new InexactNumber(),
  );
}

/** Whether the float `value` equals the number that `source` writes. -0 equals 0. */
export function isExact(source: string, value: number): boolean {
  const written = digitsOf(source);
  const kept = digitsOf(String(value));
  return written !== null && kept !== null && written === kept;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Equal numbers get equal texts: the sign, the digits without zeros at either end, and the place of the last digit. */
function digitsOf(text: string): string | null {
  const match = NUMBER.exec(text);
  if (match === null) return null;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const digits = whole + fraction;
  const from = firstNonZero(digits);
  if (from === digits.length) return "0";
  const until = lastNonZero(digits);
  return `${sign}${digits.slice(from, until + 1)}e${Number(exponent) - fraction.length + digits.length - 1 - until}`;
}

function firstNonZero(digits: string): number {
  let at = 0;
  while (digits[at] === "0") at++;
  return at;
}

function lastNonZero(digits: string): number {
  let at = digits.length - 1;
  while (digits[at] === "0") at--;
  return at;
}

/** Parses JSON with every number as its own decimal text, to the last digit. Throws a SyntaxError if `text` is no JSON. */
export function parseNumbersAsText(text: string): unknown {
  return JSON.parse(text, (_key: string, part: unknown, context?: { readonly source?: string }) =>
    typeof part === "number" ? plainText(context?.source ?? String(part)) : part,
  );
}

/** A float's shortest text, written without an exponent: 1e-7 → "0.0000001", 1e21 → "1000000000000000000000". */
export function plainNumber(value: number): string {
  return plainText(String(value));
}

/** The same number without an exponent. A text that is no number stays as it is. */
function plainText(written: string): string {
  const text = written.replace("E", "e");
  const match = NUMBER.exec(text);
  if (match === null || !text.includes("e")) return text;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, "0");
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
