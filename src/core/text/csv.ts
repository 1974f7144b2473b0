/**
 * CSV as RFC 4180 has it: commas, CRLF, quotes where they are needed. A text that a spreadsheet would run as a formula gets an
 * apostrophe before it. Pure.
 */

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
/** A formula begins with one of these characters, or with its wide form. */
const FORMULA = /^[\s]*[=+\-@＝＋－＠\t\r\n|]/;

/** One line with its end. Null is an empty cell. */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(cellText).join(",")}\r\n`;
}

function cellText(cell: string | number | boolean | null): string {
  if (cell === null) return "";
  const text = String(cell);
  if (NUMBER.test(text)) return text;
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** "The house cup", "equity" → "the-house-cup-equity.csv": safe in a header and in any file system. */
export function csvFileName(name: string, what: string): string {
  const slug = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 60);
  return `${slug === "" ? "tournament" : slug}-${what}.csv`;
}
