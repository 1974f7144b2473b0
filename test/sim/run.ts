/** `npm run sim`: simulated histories of the real code on a real PostgreSQL. */
import { parseArgs } from "node:util";
import { installHooks } from "./hooks.ts";

const HELP = `npm run sim -- [--seed N] [--seeds A-B] [--steps N] [--trace] [--json]

  --seed N          one seed (default 1)         --seeds A-B   several, one after another
  --steps N         effects and events (default 10000)
  --trace           every step as it comes       --json        one JSON line a seed
  --without A,B     faults left out              --only A,B    only these (see test/sim/faults.ts)
  --skip A#1,B#7    single ones left out         --rate R      a factor on every chance; 0: none
  --no-operator     nobody acts by hand          --twin NAME   with a guard removed (test/sim/twins.ts)
  --shrink N        seconds spent on shortening a failure (default 60)

Exit code 0, 1 where an invariant was violated, 2 for bad arguments.
`;

const list = (text: string | undefined) => new Set((text ?? "").split(",").filter((part) => part !== ""));

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      seeds: { type: "string" },
      steps: { type: "string", default: "10000" },
      trace: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      without: { type: "string" },
      only: { type: "string" },
      skip: { type: "string" },
      rate: { type: "string", default: "1" },
      "no-operator": { type: "boolean", default: false },
      twin: { type: "string" },
      shrink: { type: "string", default: "60" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  installHooks(values.twin ?? null);
  const { installGlobals, say } = await import("./globals.ts");
  installGlobals();
  const { runSeeds } = await import("./seeds.ts");
  const [from = 1, to = from] = (values.seeds ?? values.seed).split("-").map(Number);
  return runSeeds({
    seeds: Array.from({ length: to - from + 1 }, (_, n) => String(from + n)),
    steps: Number(values.steps),
    trace: values.trace,
    json: values.json,
    shrinkSeconds: Number(values.shrink),
    twin: values.twin ?? null,
    say,
    faults: {
      without: list(values.without),
      skip: list(values.skip),
      only: values.only === undefined ? null : list(values.only),
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
