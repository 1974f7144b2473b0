/** The arguments of `npm run bench`, or what to say instead. Pure. */
import { parseArgs } from "node:util";

export function helpOf(benches: readonly { readonly name: string; readonly what: string }[]): string {
  const width = Math.max(...benches.map(({ name }) => name.length));
  return `Measures Agonus, and the Celery system that it replaces beside it, in turn.

  npm run bench -- [options]

  --only NAME,…   these figures alone
  --all           soak too, which takes 15 minutes
  --peers DIR     the folder of the peers' scripts (or AGONUS_PEERS); without it, only Agonus is measured
  --quick         smaller sizes, for a look: no figure of it is worth quoting
  --json          one line {"figures": [{name, ours, peer, unit, ratio, bar, ok, runs}]} on stdout, all else on stderr
  --micro         the micro-benches of the pure core instead
  --profile       where the database spends its time (pg_stat_statements), after each bench
  --help

Figures:
${benches.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}`).join("\n")}

A ratio over 1 is better for Agonus. Every bench ends with the ledger check and its invariants.
Exit codes: 0 measured (whatever the bars say); 1 something failed, or the ledger is wrong; 2 bad input; 130 interrupted.
`;
}

export interface BenchOptions {
  /** In the order of the registry. */
  readonly names: readonly string[];
  readonly peers: string | null;
  readonly quick: boolean;
  readonly json: boolean;
  readonly micro: boolean;
  readonly profile: boolean;
}

interface Known {
  readonly name: string;
  readonly what: string;
  /** Only when it is named, or all are. */
  readonly long?: boolean;
}

export function parseBenchArgs(
  argv: readonly string[],
  known: readonly Known[],
  environment: Readonly<Record<string, string | undefined>>,
): BenchOptions | { readonly stop: string; readonly code: 0 | 2 } {
  const bad = (sentence: string) => ({ stop: `${sentence}\nSee npm run bench -- --help\n`, code: 2 as const });
  let values: Record<string, string | boolean | undefined>;
  try {
    const text = { type: "string" } as const;
    const flag = { type: "boolean" } as const;
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        ...{ only: text, peers: text, all: flag, quick: flag, json: flag, micro: flag, profile: flag, help: flag },
      },
    }));
  } catch (error) {
    return bad(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return { stop: helpOf(known), code: 0 };
  const only = values.only === undefined ? null : String(values.only).split(",");
  const strange = only?.find((name) => !known.some((bench) => bench.name === name));
  if (strange !== undefined) return bad(`--only ${strange}: there are ${known.map((bench) => bench.name).join(", ")}`);
  if (values.peers === "") return bad("--peers needs a folder");
  return {
    names: known
      .filter((bench) => (only ? only.includes(bench.name) : !bench.long || values.all === true))
      .map((bench) => bench.name),
    peers: values.peers === undefined ? environment.AGONUS_PEERS || null : String(values.peers),
    quick: values.quick === true,
    json: values.json === true,
    micro: values.micro === true,
    profile: values.profile === true,
  };
}
