/** Limits what an error repeats of the input: enough to find the fault, and at most 200 characters. */
import type { FieldError } from "../error-codes.ts";

/** The limit for one path. An answer may repeat a path: in the list of errors and in its detail. */
const PATH_CHARS_MAX = 80;
/** The limit for all names together that the caller made up. */
const NAMES_CHARS_MAX = 100;
const ERRORS_MAX = 100;

/** The messages for names that the caller made up. */
export const notAField = "is not a field here";
export const givenTwice = "must be given once";
const OWN_NAMES: readonly string[] = [notAField, givenTwice];

function shortened(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax - 1).toWellFormed()}…`;
}

/** Returns the first errors, with shortened paths. */
export function boundedErrors(errors: readonly FieldError[]): FieldError[] {
  const shown: FieldError[] = [];
  let left = NAMES_CHARS_MAX;
  for (const { path: whole, message } of errors) {
    if (shown.length === ERRORS_MAX) break;
    const path = shortened(whole, PATH_CHARS_MAX);
    if (OWN_NAMES.includes(message)) {
      if (path.length > left) continue;
      left -= path.length;
    }
    shown.push({ path, message });
  }
  return shown;
}
