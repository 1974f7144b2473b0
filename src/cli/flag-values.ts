/** Readers of flag values, for commander: each returns the value, or throws a sentence on what it must be. */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { limits } from "../core/limits.ts";
import { LOG_LEVELS } from "../local/log-levels.ts";
import { parseInterval } from "../markets/intervals.ts";

export const DEFAULT_DATA = ".agonus";

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

export const portNumber = wholeNumber(1, 65_535);

/** "5s", "1m" or "1h" to seconds. */
export function intervalSeconds(text: string): number {
  const seconds = parseInterval(text);
  if (seconds !== null && seconds <= limits.intervalSecondsMax) return seconds;
  throw new InvalidArgumentError("It must be a length of time such as 5s, 1m or 1h, and 1w at most.");
}

export function path(text: string): string {
  if (text === "") throw new InvalidArgumentError("It must be a path.");
  // `--data --json` has lost its value.
  if (text.startsWith("--")) throw new InvalidArgumentError(`It must be a path, such as ./${text} for that name.`);
  return text;
}

/** Whether a URL's host is this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/** "a,b" to names, each of which must be known. */
export function namesOf(known: readonly string[]): (text: string) => string[] {
  return (text) => {
    const names = text.split(",").map((name) => name.trim());
    const unknown = names.filter((name) => !known.includes(name));
    if (unknown.length === 0) return names;
    throw new InvalidArgumentError(`There is no ${unknown.join(", ")}. There are ${known.join(", ")}.`);
  };
}

export const dataFlag = (what: string) => new Option("--data <folder>", what).argParser(path).default(DEFAULT_DATA);

export const logLevelFlag = (level: (typeof LOG_LEVELS)[number]) =>
  new Option("--log-level <level>", "what to show; debug shows the Worker's whole log")
    .choices(LOG_LEVELS)
    .default(level);
