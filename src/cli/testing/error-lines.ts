/** Cuts an error of Vitest down to the few lines that `npm test` repeats at its end. */
import { stripVTControlCharacters } from "node:util";

const WIDTH = 200;
const DIFFERENCES_MAX = 40;

/** The first line of an error's message, without colours, of at most 200 characters. */
export function firstLine(message: string): string {
  const [line = ""] = stripVTControlCharacters(message).trim().split("\n", 1);
  return cut(line);
}

/** The lines of Vitest's diff that differ, without its heading, each cut as the first line is. At most 40. */
export function differencesOf(diff: string | undefined): string[] {
  return stripVTControlCharacters(diff ?? "")
    .split("\n")
    .filter((line) => /^[-+] /.test(line) && line !== "- Expected" && line !== "+ Received")
    .slice(0, DIFFERENCES_MAX)
    .map(cut);
}

const cut = (line: string): string => (line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line);
