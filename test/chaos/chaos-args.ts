/** The flags of `npm run chaos`. */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { namesOf } from "../../src/cli/flag-values.ts";
import { type CommandLine, describeCommand, readCommand } from "../../src/cli/read-command.ts";

export interface ChaosOptions {
  readonly seed: string;
  readonly minutes: number;
  readonly intervalSeconds: number;
  /** Null: all kinds. */
  readonly kinds: readonly string[] | null;
  readonly json: boolean;
  readonly keep: boolean;
}

/** `fresh` is the seed when none is given. */
export function parseChaosArgs(
  argv: readonly string[],
  known: readonly string[],
  fresh: string,
): CommandLine<ChaosOptions> {
  const command = describeCommand({
    name: "npm run chaos --",
    summary: "Breaks a live tournament on the real stack, lets it recover, and audits the database.",
    example: "npm run chaos -- --minutes 5 --interval 15s",
    notes: `Kinds of fault: ${known.join(", ")}.
Exit codes: 0 all promises held; 1 one was broken (or nothing was hit); 2 bad input; 130 interrupted (everything is ended and removed).`,
  })
    .option("--seed <text>", "chooses the faults and their times (default: a new one, which is printed)")
    .option("--minutes <number>", "how long it breaks things", minutesOf, 5)
    .addOption(new Option("--interval <time>", "time between rounds").argParser(secondsOf).default(15, "15s"))
    .option("--faults <kinds>", "all, none (nobody may miss anything), or only these kinds", kindsOf(known))
    .option("--json", "progress on stderr, and the result's one line on stdout", false)
    .option("--keep", "leave the data folder", false);
  return readCommand(command, argv, process.env, ({ seed = fresh, interval, faults = null, ...flags }) => ({
    ...flags,
    seed,
    intervalSeconds: interval,
    kinds: faults,
  }));
}

function minutesOf(text: string): number {
  const minutes = Number(text);
  if (minutes > 0 && minutes <= 24 * 60) return minutes;
  throw new InvalidArgumentError("It must be a number from 0 to 1440.");
}

function secondsOf(text: string): number {
  const seconds = Number(/^(\d+)s$/.exec(text)?.[1]);
  if (seconds >= 5) return seconds;
  throw new InvalidArgumentError("It must be whole seconds, 5s or more.");
}

function kindsOf(known: readonly string[]): (text: string) => readonly string[] | null {
  const named = namesOf(known);
  return (text) => (text === "all" ? null : text === "none" ? [] : named(text));
}
