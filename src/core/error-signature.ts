/**
 * What failures are grouped by: an error's class, code and message with everything that differs from one occurrence to
 * the next taken out. Two errors of one cause have one signature; it is made once, when a task fails.
 */
const CHARS_MAX = 200;
/** A message is looked at this far: what tells causes apart stands at its beginning. */
const LOOKED_AT = 1000;

/** In this order: a UUID holds numbers, a time holds dates, a quoted value holds anything. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "<id>"],
  [/"[^"]*"|`[^`]*`|“[^”]*”/g, "<value>"],
  // A quote inside a word is an apostrophe.
  [/(?<![\p{L}\d])'[^']*'(?![\p{L}\d])/gu, "<value>"],
  [/\b\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}(:?\d{2})?)?/g, "<time>"],
  [/\b\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\b/g, "<time>"],
  // Hashes and tokens: long, of hexadecimal digits, with a digit among them.
  [/\b(?=[a-f]*\d)[0-9a-f]{12,}\b/gi, "<id>"],
  [/\b[A-Za-z0-9_-]*\d[A-Za-z0-9_-]*\d[A-Za-z0-9_-]{8,}\b/g, "<id>"],
  [/(?<![\p{L}_])[-+]?\d+([.,]\d+)*(e[-+]?\d+)?/giu, "<n>"],
  [/\s+/g, " "],
];

/** At most 200 characters. */
export function errorSignature(errorClass: string, code: string, message: string): string {
  let text = message.slice(0, LOOKED_AT);
  for (const [pattern, by] of VARIABLE) text = text.replace(pattern, by);
  const kind = errorClass === "Outcome" ? code : `${code} ${errorClass}`;
  return `${kind}: ${text.trim()}`.replaceAll("\0", "").slice(0, CHARS_MAX).toWellFormed();
}
