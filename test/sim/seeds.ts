/** Runs seeds one after another and reports each. A failure comes with the command that repeats it and its shortest trace. */
import { closeTestServer } from "../support/database.ts";
import type { FaultOptions } from "./faults.ts";
import { realNow } from "./globals.ts";
import { shrink } from "./shrink.ts";
import { type SimOptions, type SimResult, simulate } from "./simulate.ts";

export interface RunOptions {
  readonly seeds: readonly string[];
  readonly steps: number;
  readonly trace: boolean;
  /** True: the first seed that fails ends the run. */
  readonly first: boolean;
  readonly json: boolean;
  readonly shrinkSeconds: number;
  readonly twin: string | null;
  readonly faults: FaultOptions;
  readonly operator: boolean;
  readonly print: (line: string) => void;
}

const LINES_SHOWN = 60;
const PROGRESS_MS = 5000;

export async function runSeeds(run: RunOptions): Promise<number> {
  let failed = 0;
  try {
    for (const seed of run.seeds) {
      const options: SimOptions = {
        ...run.faults,
        seed,
        steps: run.steps,
        operator: run.operator,
        ...(run.trace ? { onLine: run.print } : {}),
        ...(run.json || run.trace ? {} : { onProgress: progress(seed, run) }),
      };
      const result = await simulate(options);
      if (run.json) run.print(JSON.stringify({ ...result, lines: undefined, struck: undefined }));
      else run.print(summary(result));
      if (result.violations.length === 0) continue;
      failed += 1;
      const found = run.shrinkSeconds > 0 ? await shrink(options, result, run.shrinkSeconds) : { options, result };
      if (run.json) {
        if (run.first) break;
        continue;
      }
      for (const { step, text } of found.result.violations) run.print(`  step ${step}: ${text}`);
      run.print(`\nAgain with: ${command(found.options, run.twin)}\n`);
      if (!run.trace) for (const line of found.result.lines.slice(-LINES_SHOWN)) run.print(line);
      if (run.first) break;
    }
  } finally {
    await closeTestServer();
  }
  return failed > 0 ? 1 : 0;
}

/** Prints a line every few seconds. */
function progress(seed: string, { steps: of, print }: RunOptions): (steps: number, simulatedSeconds: number) => void {
  let saidAt = realNow();
  return (steps, simulatedSeconds) => {
    if (realNow() - saidAt < PROGRESS_MS) return;
    saidAt = realNow();
    print(`seed ${seed}: step ${steps} of ${of}, ${simulatedSeconds} s simulated, every invariant holds`);
  };
}

function summary(result: SimResult): string {
  const { seed, steps, seconds, simulatedSeconds, rounds, missed, faults, violations, hash } = result;
  const counts = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .map(([name, n]) => `${name} ${n}`)
      .join(", ") || "none";
  return [
    `seed ${seed}: ${violations.length === 0 ? "ok" : "VIOLATED"}, ${steps} steps in ${seconds.toFixed(1)} s (${Math.round(steps / seconds)}/s), ${simulatedSeconds} s simulated, ${result.statements} statements, log ${hash.slice(0, 16)}`,
    `  rounds: ${counts(rounds)}; decisions ${result.decisions}, missed: ${counts(missed)}; trades ${result.trades}`,
    `  faults: ${counts(faults)}`,
  ].join("\n");
}

/** Answers the command that repeats a run. */
function command(options: SimOptions, twin: string | null): string {
  const flag = (name: string, values: ReadonlySet<string> | null) =>
    values && values.size > 0 ? ` --${name} ${[...values].join(",")}` : "";
  return (
    `npm run sim -- --seed ${options.seed} --steps ${options.steps}` +
    flag("without", options.without) +
    flag("only", options.only) +
    flag("skip", options.skip) +
    flag("faults", new Set([...options.chances].map(([name, chance]) => `${name}=${chance}`))) +
    (options.rate === 1 ? "" : ` --rate ${options.rate}`) +
    (options.operator ? "" : " --no-operator") +
    (twin ? ` --twin ${twin}` : "")
  );
}
