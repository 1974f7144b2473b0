/**
 * The signature by which failures are grouped: the code, class and message of an error, without the parts that differ from
 * one occurrence to the next. Errors with the same cause get the same signature. It is made once, when a task fails.
 */
const CHARS_MAX = 200;
/** Only this much of a message is read: its beginning tells causes apart. */
const READ_CHARS = 1000;

/** What is replaced, in this order: a UUID holds numbers, a time holds a date, a quoted value holds anything. */
const VARIABLE: readonly (readonly [RegExp, string | ((part: string) => string)])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "<id>"],
  [/"[^"]*"|`[^`]*`|“[^“”]*”/g, "<value>"],
  // A quote inside a word is an apostrophe.
  [/(?<![\p{L}\d])'[^']*'(?![\p{L}\d])/gu, "<value>"],
  [/\b\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}(:?\d{2})?)?/g, "<time>"],
  [/\b\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\b/g, "<time>"],
  // Hashes and tokens: long, of hexadecimal digits, with a digit among them.
  [/\b(?=[a-f]*\d)[0-9a-f]{12,}\b/gi, "<id>"],
  [/\b[A-Za-z0-9_-]+\b/g, (word) => (isToken(word) ? "<id>" : word)],
  [/(?<![\p{L}_])[-+]?\d+([.,]\d+)*(e[-+]?\d+)?/giu, "<n>"],
  [/\s+/g, " "],
];

/** Two digits, and eight characters behind them. One expression for it would look at each pair of digits. */
function isToken(word: string): boolean {
  const first = word.search(/\d/);
  const second = first < 0 ? -1 : word.slice(first + 1).search(/\d/);
  return second >= 0 && word.length - (first + 1 + second) > 8;
}

/** At most 200 characters. */
export function errorSignature(errorClass: string, code: string, message: string): string {
  let text = message.slice(0, READ_CHARS);
  for (const [pattern, by] of VARIABLE)
    text = typeof by === "string" ? text.replace(pattern, by) : text.replace(pattern, by);
  const kind = errorClass === "Outcome" ? code : `${code} ${errorClass}`;
  return `${kind}: ${text.trim()}`.replaceAll("\0", "").slice(0, CHARS_MAX).toWellFormed();
}
