/** The flags of `npm run sim`. Imports none of the code that a broken twin changes: that is loaded later, by the hooks. */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { type CommandLine, describeCommand, readCommand } from "../../src/cli/read-command.ts";
import { faultNames, faultTable } from "./faults.ts";

export interface SimOptions {
  readonly seeds: readonly string[];
  readonly steps: number;
  readonly trace: boolean;
  readonly first: boolean;
  readonly json: boolean;
  readonly shrinkSeconds: number;
  /** The guard to remove; `help` lists them. */
  readonly twin: string | null;
  readonly operator: boolean;
  readonly faults: {
    readonly chances: ReadonlyMap<string, number>;
    readonly without: ReadonlySet<string>;
    readonly skip: ReadonlySet<string>;
    readonly only: ReadonlySet<string> | null;
    readonly rate: number;
  };
}

function simCommand() {
  const faults = faultNames.map(
    (name) => `  ${name.padEnd(26)}${String(faultTable[name][0]).padEnd(7)}${faultTable[name][1]}`,
  );
  return describeCommand({
    name: "npm run sim --",
    summary: "Plays simulated histories with faults: the real code on a real PostgreSQL.",
    example: "npm run sim -- --seed 7 --steps 10000",
    notes: `Faults, and the chance of each wherever it may happen. A seed turns about half of them on, a few at five times as much.
${faults.join("\n")}

Exit codes: 0 all invariants held; 1 one was violated; 2 bad input.`,
  })
    .option("--seed <number>", "one seed", wholeNumber, 1)
    .option("--seeds <range>", "several, one after another, such as 1-40", seedRange)
    .option("--steps <number>", "effects and events of each", wholeNumber, 10_000)
    .option("--trace", "every step as it comes", false)
    .option("--json", "one JSON line a seed", false)
    .option("--first", "of several seeds, ends with the first that fails", false)
    .option("--faults <chances>", "A=P,B=P: chances that the seed has no say in", chances)
    .option("--without <faults>", "A,B: leaves these out", faultSet)
    .option("--only <faults>", "A,B: only these", faultSet)
    .option("--skip <faults>", "A#1,B#7: leaves single ones out", faultSet)
    .option("--rate <number>", "a factor on every chance; 0: none", rateOf, 1)
    .option("--no-operator", "nobody acts by hand")
    .option("--twin <name>", "with a guard removed; `--twin help` lists them")
    .option("--shrink <seconds>", "spent on shortening a failure", wholeNumber, 60);
}

export function parseSimArgs(argv: readonly string[]): CommandLine<SimOptions> {
  return readCommand(simCommand(), argv, process.env, (flags) => ({
    seeds: flags.seeds ?? [String(flags.seed)],
    steps: flags.steps,
    trace: flags.trace,
    first: flags.first,
    json: flags.json,
    shrinkSeconds: flags.shrink,
    twin: flags.twin ?? null,
    operator: flags.operator,
    faults: {
      chances: flags.faults ?? new Map(),
      without: flags.without ?? new Set(),
      skip: flags.skip ?? new Set(),
      only: flags.only ?? null,
      rate: flags.rate,
    },
  }));
}

const parts = (text: string) => text.split(",").filter((part) => part !== "");

/** Names of faults; an unknown name would leave out nothing, and nobody would notice. */
function faultSet(text: string): Set<string> {
  const names = new Set(parts(text));
  for (const name of names) {
    if (!Object.hasOwn(faultTable, name.replace(/#\d+$/, "")))
      throw new InvalidArgumentError(`There is no fault ${name}. See --help.`);
  }
  return names;
}

function chances(text: string): Map<string, number> {
  return new Map(
    parts(text).map((part) => {
      const [name = "", chance = ""] = part.split("=");
      faultSet(name);
      const value = chance === "" ? Number.NaN : Number(chance);
      if (value >= 0 && value <= 1) return [name, value];
      throw new InvalidArgumentError(`A chance is a number from 0 to 1, such as ${name}=0.3.`);
    }),
  );
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}

function rateOf(text: string): number {
  const rate = text === "" ? Number.NaN : Number(text);
  if (rate >= 0) return rate;
  throw new InvalidArgumentError("It must be a number, 0 or more.");
}

function seedRange(text: string): string[] {
  const [, from, to] = /^(\d{1,9})-(\d{1,9})$/.exec(text) ?? [];
  const count = Number(to) - Number(from) + 1;
  if (!(count > 0)) throw new InvalidArgumentError("It must be a range such as 1-40.");
  return Array.from({ length: count }, (_, at) => String(Number(from) + at));
}
