/** `npm run tournament -- …`: its flags stand in tournament-args.ts. Exit 0 done, 1 failed, 2 bad input, 130 interrupted. */
import { type Stack, startStack } from "../local/stack.ts";
import { describeError } from "../log.ts";
import { printStop } from "./command-line.ts";
import { DEFAULT_DATA } from "./flag-values.ts";
import { commandOf, parseTournamentArgs } from "./tournament-args.ts";
import { planTournament } from "./tournament-plan.ts";
import { playTournament, Shortfall } from "./tournament-play.ts";
import { jsonLine, reportText } from "./tournament-report.ts";

const { stderr, stdout } = process;
const printLine = (line: string) => stderr.write(`${line}\n`);

/** Returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const args = parseTournamentArgs(argv);
  if (args.kind === "stop") return printStop(args);
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  const planned = await planTournament(args.options, stop.signal).catch((error: unknown) => {
    if (stop.signal.aborted) return null;
    throw error;
  });
  if (planned === null) {
    printLine("Interrupted: nothing was written.");
    return 130;
  }
  if (planned.kind === "bad") {
    for (const error of planned.errors) printLine(error);
    return 2;
  }
  const { plan } = planned;
  for (const note of plan.notes) printLine(note);
  let stack: Stack | null = null;
  try {
    const { dataDir, port, logLevel } = plan.options;
    stack = await startStack({
      dataDir,
      ...(port === null ? {} : { port }),
      logLevel,
      onLine: printLine,
      signal: stop.signal,
    });
    const { id, result, timing } = await playTournament(plan, stack, stop.signal);
    stdout.write(`${plan.options.json ? jsonLine(result, timing) : reportText(result, timing)}\n`);
    if (!plan.options.json) printLine(seeIt(id, dataDir));
    if (result.ledger.ok) return 0;
    printLine("The ledger is wrong: see the rows named above, and `npm run ledger`.");
    return 1;
  } catch (error) {
    if (stop.signal.aborted) {
      printLine(`\nInterrupted. The same command goes on where it stopped:\n  ${commandOf(plan.options)}`);
      return 130;
    }
    printLine(error instanceof Shortfall ? error.message : `The tournament failed: ${describeError(error).error}`);
    if (plan.options.logLevel === "debug" && error instanceof Error && error.stack) printLine(error.stack);
    return 1;
  } finally {
    await stack?.stop();
    await plan.close();
  }
}

/** The stack of the replay is about to end, and the link that was printed ends with it. */
function seeIt(id: string, dataDir: string): string {
  const data = dataDir === DEFAULT_DATA ? "" : ` -- --data ${dataDir}`;
  return `See it round by round: npm start${data}, then open /t/${id}`;
}

process.exitCode = await main(process.argv.slice(2));
