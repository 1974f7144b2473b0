/** `npm run bench`: its flags stand in bench-args.ts. */
import { cpus, loadavg } from "node:os";
import { listenForInterrupts } from "../../src/cli/interrupt.ts";
import { printStop } from "../../src/cli/read-command.ts";
import type { BenchContext } from "./bench.ts";
import { type BenchOptions, parseBenchArgs } from "./bench-args.ts";
import { benches } from "./benches.ts";
import { type Figure, joined } from "./figure.ts";
import { runMicro } from "./micro.ts";
import { Peers } from "./peers.ts";
import { tableOf } from "./report.ts";

const began = performance.now();
const print = (line: string) => {
  process.stderr.write(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
};

async function measure(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const peers = options.peers === null ? null : await Peers.open(options.peers, print, signal);
  if (peers === null) print("There are no peers (--peers DIR or AGONUS_PEERS): only Agonus is measured.");
  print(
    `${cpus().length} × ${cpus()[0]?.model}, load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(" ")}`,
  );
  const context: BenchContext = {
    peers,
    base: options.base,
    quick: options.quick,
    profile: options.profile,
    print,
    signal,
  };
  const figures: Figure[] = [];
  let failed = 0;
  try {
    for (const bench of benches.filter(({ name }) => options.names.includes(name))) {
      print(`${bench.name}: ${bench.what}`);
      try {
        const figure = joined(bench.name, await bench.run(context));
        figures.push(figure);
        for (const part of figure.parts ?? [figure])
          print(
            `  ${part.name}: ${part.ours} ${part.unit}, peer ${part.peer ?? "–"}, ratio ${part.ratio ?? "–"} (${part.bar})`,
          );
      } catch (error) {
        if (signal.aborted) throw error;
        failed++;
        print(`  ${bench.name} FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      }
    }
  } finally {
    await peers?.close();
  }
  if (options.json) process.stderr.write(`${tableOf(figures)}\n`);
  process.stdout.write(`${options.json ? JSON.stringify({ figures }) : tableOf(figures)}\n`);
  return failed === 0 ? 0 : 1;
}

async function main(argv: readonly string[]): Promise<number> {
  const args = parseBenchArgs(argv, benches, process.env);
  if (args.kind === "stop") return printStop(args);
  const { options } = args;
  const interrupts = listenForInterrupts(
    () => print("Stopping: what was started is ended. (Ctrl-C again: at once.)"),
    () => process.exit(130),
  );
  try {
    if (options.micro) return await runMicro(interrupts.signal);
    return await measure(options, interrupts.signal);
  } catch (error) {
    if (interrupts.signal.aborted) return 130;
    print(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    interrupts.dispose();
  }
}

process.exitCode = await main(process.argv.slice(2));
// An open handle must not keep the terminal waiting.
process.exit();
