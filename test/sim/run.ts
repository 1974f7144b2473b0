/** `npm run sim`: simulated histories of the real code on a real PostgreSQL. */
import { parseArgs } from "node:util";
import { faultNames, faultTable } from "./faults.ts";
import { installHooks } from "./hooks.ts";
import { twins } from "./twins.ts";

const help = () => `npm run sim -- [--seed N] [--seeds A-B] [--steps N] [--trace] [--json]

  --seed N          one seed (default 1)         --seeds A-B   several, one after another
  --steps N         effects and events (default 10000)
  --trace           every step as it comes       --json        one JSON line a seed
  --faults A=P,B=P  their chances; the seed has no say in them
  --without A,B     faults left out              --only A,B    only these
  --skip A#1,B#7    single ones left out         --rate R      a factor on every chance; 0: none
  --no-operator     nobody acts by hand          --twin NAME   with a guard removed (see --twin help)
  --shrink N        seconds spent on shortening a failure (default 60)
  --first           of several seeds, ends with the first that fails

Faults, and the chance of each wherever it may happen. A seed turns about half of them on, a few at five times as much.
${faultNames.map((name) => `  ${name.padEnd(26)}${String(faultTable[name][0]).padEnd(7)}${faultTable[name][1]}`).join("\n")}

Exit code 0, 1 where an invariant was violated, 2 for bad arguments.
`;

const parts = (text: string | undefined) => (text ?? "").split(",").filter((part) => part !== "");

/** Names of faults; a name that is none would leave out nothing, and nobody would notice. */
function known(text: string | undefined): Set<string> {
  const names = new Set(parts(text));
  for (const name of names) {
    if (!Object.hasOwn(faultTable, name.replace(/#\d+$/, ""))) throw new Error(`There is no fault ${name}: see --help`);
  }
  return names;
}

function chances(text: string | undefined): Map<string, number> {
  return new Map(
    parts(text).map((part) => {
      const [name = "", chance = ""] = part.split("=");
      const value = chance === "" ? Number.NaN : Number(chance);
      known(name);
      if (!(value >= 0 && value <= 1)) throw new Error(`--faults ${part}: a chance is a number from 0 to 1`);
      return [name, value];
    }),
  );
}

function whole(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${option} ${text}: a whole number is needed`);
  return value;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      seeds: { type: "string" },
      steps: { type: "string", default: "10000" },
      trace: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      faults: { type: "string" },
      without: { type: "string" },
      only: { type: "string" },
      skip: { type: "string" },
      rate: { type: "string", default: "1" },
      "no-operator": { type: "boolean", default: false },
      twin: { type: "string" },
      shrink: { type: "string", default: "60" },
      first: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help());
    return 0;
  }
  if (values.twin === "help") {
    for (const { name, guard, run } of twins) process.stdout.write(`${name.padEnd(18)}${run.padEnd(26)}${guard}\n`);
    return 0;
  }
  installHooks(values.twin ?? null);
  const { installGlobals, say } = await import("./globals.ts");
  installGlobals();
  const { runSeeds } = await import("./seeds.ts");
  const [from = 1, to = from] = (values.seeds ?? values.seed).split("-").map((text) => whole(text, "seeds"));
  return runSeeds({
    seeds: Array.from({ length: to - from + 1 }, (_, n) => String(from + n)),
    steps: whole(values.steps, "steps"),
    trace: values.trace,
    first: values.first,
    json: values.json,
    shrinkSeconds: whole(values.shrink, "shrink"),
    twin: values.twin ?? null,
    say,
    faults: {
      chances: chances(values.faults),
      without: known(values.without),
      skip: known(values.skip),
      only: values.only === undefined ? null : known(values.only),
      rate: Number(values.rate),
    },
    operator: !values["no-operator"],
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 2;
}
// Promises of the dead never settle; nothing else is left to wait for.
process.exit();
