/** The flags of `npm run bench`. */
import { namesOf, path } from "../../src/cli/flag-values.ts";
import { type CommandLine, describeCommand, type Environment, readCommand } from "../../src/cli/read-command.ts";

export interface BenchOptions {
  /** The names, in the order of the registry. */
  readonly names: readonly string[];
  readonly peers: string | null;
  readonly base: string | null;
  readonly quick: boolean;
  readonly json: boolean;
  readonly micro: boolean;
  readonly profile: boolean;
}

interface Known {
  readonly name: string;
  readonly what: string;
  /** True: it runs only when it is named, or with --all. */
  readonly long?: boolean;
}

export function parseBenchArgs(
  argv: readonly string[],
  known: readonly Known[],
  environment: Environment,
): CommandLine<BenchOptions> {
  const width = Math.max(...known.map(({ name }) => name.length));
  const command = describeCommand({
    name: "npm run bench --",
    summary: "Measures Agonus, and the Celery system that it replaces beside it, in turn.",
    example: "npm run bench -- --only cycle,noop --quick",
    notes: `Figures:
${known.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}`).join("\n")}

A ratio over 1 is better for Agonus. Every bench ends with the ledger check and its invariants.
Exit codes: 0 measured (whatever the bars say); 1 something failed, or the ledger is wrong; 2 bad input; 130 interrupted.`,
  })
    .option("--only <names>", "these figures alone, such as cycle,noop", namesOf(known.map(({ name }) => name)))
    .option("--all", "replay-long and soak too, which take 5 and 15 minutes", false)
    .option("--peers <folder>", "the peers' scripts (default: AGONUS_PEERS; without it, only Agonus is measured)", path)
    .option("--base <folder>", "another checkout with its packages installed, which replay is measured against", path)
    .option("--quick", "smaller sizes, for a look: no figure of it is worth quoting", false)
    .option("--json", 'one line {"figures": [{name, ours, peer, unit, ratio, bar, ok, runs}]} on stdout', false)
    .option("--micro", "the micro-benches of the pure core instead", false)
    .option("--profile", "where the database spends its time (pg_stat_statements), after each bench", false);
  return readCommand(command, argv, environment, ({ only, all, peers, base, ...flags }) => ({
    ...flags,
    names: known.filter(({ name, long }) => (only ? only.includes(name) : !long || all)).map(({ name }) => name),
    base: base ?? null,
    peers: peers ?? (environment.AGONUS_PEERS || null),
  }));
}
