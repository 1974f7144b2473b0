/** `npm run tournament -- …`: its flags stand in tournament/args.ts. Exit 0 done, 1 failed, 2 bad input, 130 interrupted. */
import { type Stack, startStack } from "../local/stack.ts";
import { describeError } from "../log.ts";
import { type CassettePlayer, playCassette } from "./cassette/play.ts";
import { recordCassette } from "./cassette/record.ts";
import { DEFAULT_DATA } from "./flag-values.ts";
import { printStop } from "./read-command.ts";
import { commandOf, parseTournamentArgs } from "./tournament/args.ts";
import { type PlannedModels, planModels } from "./tournament/models.ts";
import { planTournament, type TournamentPlan } from "./tournament/plan.ts";
import { playTournament, Shortfall } from "./tournament/play.ts";
import { jsonLine, reportText } from "./tournament/report.ts";

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
  try {
    const models = await planModels(plan, process.env);
    if (models.kind === "ok") return await play(plan, models, stop.signal);
    for (const error of models.errors) printLine(error);
    return 2;
  } finally {
    await plan.close();
  }
}

async function play(
  plan: TournamentPlan,
  { cassette, models: { variables, keys } }: Extract<PlannedModels, { kind: "ok" }>,
  signal: AbortSignal,
): Promise<number> {
  for (const note of plan.notes) printLine(note);
  const { dataDir, port, logLevel, record, json } = plan.options;
  let stack: Stack | null = null;
  let player: CassettePlayer | null = null;
  try {
    if (cassette) player = await playCassette(cassette);
    stack = await startStack({
      dataDir,
      ...(port === null ? {} : { port }),
      logLevel,
      models: { variables: { ...variables, ...(player ? { LLM_CASSETTE_URL: player.url } : {}) }, keys },
      onLine: printLine,
      signal,
    });
    const { id, result, timing } = await playTournament(plan, stack, signal, player?.missed);
    if (record !== null) {
      const steps = await recordCassette(stack.query, id, plan.name, record);
      printLine(`${steps} steps of language models are in ${record}.`);
    }
    stdout.write(`${json ? jsonLine(result, timing) : reportText(result, timing)}\n`);
    if (!json) printLine(seeIt(id, dataDir));
    if (result.ledger.ok) return 0;
    printLine("The ledger is wrong: see the rows named above, and `npm run ledger`.");
    return 1;
  } catch (error) {
    if (signal.aborted) {
      printLine(`\nInterrupted. The same command goes on where it stopped:\n  ${commandOf(plan.options)}`);
      return 130;
    }
    printLine(error instanceof Shortfall ? error.message : `The tournament failed: ${describeError(error).error}`);
    if (logLevel === "debug" && error instanceof Error && error.stack) printLine(error.stack);
    return 1;
  } finally {
    await stack?.stop();
    await player?.close();
  }
}

/** The stack of the replay is about to end, and the link that was printed ends with it. */
function seeIt(id: string, dataDir: string): string {
  const data = dataDir === DEFAULT_DATA ? "" : ` -- --data ${dataDir}`;
  return `See it round by round: npm start${data}, then open /t/${id}`;
}

process.exitCode = await main(process.argv.slice(2));
