import { stripVTControlCharacters } from "node:util";

const WIDTH = 200;

/** The first line of an error's message, without colours, of at most 200 characters. */
export function firstLine(message: string): string {
  const [line = ""] = stripVTControlCharacters(message).trim().split("\n", 1);
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line;
}
