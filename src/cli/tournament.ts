/** `npm run tournament -- …`: see HELP in tournament-args.ts. Exit 0 done, 1 failed, 2 bad input, 130 interrupted. */

import type { Query } from "../db/query.ts";
import { type Stack, startStack } from "../local/stack.ts";
import { describeError } from "../log.ts";
import { apiClient } from "./api-client.ts";
import { type Progress, startProgress } from "./progress.ts";
import { commandOf, HELP, parseTournamentArgs } from "./tournament-args.ts";
import { followTournament, lookAt } from "./tournament-follow.ts";
import { planTournament, type TournamentPlan } from "./tournament-plan.ts";
import { jsonLine, reportText, type Timing } from "./tournament-report.ts";
import { type Counts, readCounts, readResult, type TournamentResult } from "./tournament-result.ts";
import { createTournament, findUnfinished, startTournament, storeCandles } from "./tournament-run.ts";

const { stderr, stdout } = process;
const say = (line: string) => stderr.write(`${line}\n`);

/** Returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const args = parseTournamentArgs(argv);
  if (args.kind === "help") {
    stdout.write(HELP);
    return 0;
  }
  if (args.kind === "bad") return refuse(args.errors, "See npm run tournament -- --help");
  const planned = await planTournament(args.options);
  if (planned.kind === "bad") return refuse(planned.errors);
  const { plan } = planned;

  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  let stack: Stack | null = null;
  try {
    const { dataDir, port, logLevel } = plan.options;
    stack = await startStack({
      dataDir,
      ...(port === null ? {} : { port }),
      logLevel,
      onLine: say,
      signal: stop.signal,
    });
    const { result, timing } = await play(plan, stack, stop.signal);
    stdout.write(`${plan.options.json ? jsonLine(result, timing) : reportText(result, timing)}\n`);
    if (result.ledger.ok) return 0;
    say("The ledger is wrong: see the rows named above, and `npm run ledger`.");
    return 1;
  } catch (error) {
    if (stop.signal.aborted) {
      say(`\nInterrupted. The same command goes on where it stopped:\n  ${commandOf(plan.options)}`);
      return 130;
    }
    say(`The tournament failed: ${describeError(error).error}`);
    if (plan.options.logLevel === "debug" && error instanceof Error && error.stack) say(error.stack);
    return 1;
  } finally {
    await stack?.stop();
  }
}

/** From the candles to the ledger's verdict. Throws when interrupted. */
async function play(
  plan: TournamentPlan,
  { url, operatorKey, query }: Stack,
  signal: AbortSignal,
): Promise<{ result: TournamentResult; timing: Timing }> {
  signal.throwIfAborted();
  const api = apiClient(url, operatorKey, signal);
  const unfinished = await findUnfinished(query, plan);
  if (unfinished === null) await withCandles(plan, query, signal);
  const id = unfinished?.id ?? (await createTournament(api, query, plan));
  const before = await lookAt(query, id);
  const decidedBefore = unfinished === null ? 0 : decisionsOf(await readCounts(query, id));
  const { rounds } = plan.options;
  if (unfinished === null)
    say(`Tournament ${id}: ${rounds} rounds, ${plan.agents.length} entries, ${url}/tournaments/${id}`);
  else say(`Going on with the unfinished tournament ${id}: ${before.settled} of ${rounds} rounds are settled.`);

  const startedAt = performance.now();
  await startTournament(api, id, unfinished?.status ?? "upcoming");
  const progress = startProgress(stderr, "Rounds", rounds, "rounds");
  const status = await followTournament({
    query,
    tournamentId: id,
    signal,
    now: () => performance.now(),
    onLook(look) {
      const seconds = (performance.now() - startedAt) / 1_000;
      const rate = Math.round((look.decisions - before.decisions) / seconds);
      progress.update(look.settled, `${rate.toLocaleString("en-US")} decisions/s`);
    },
    onNote: say,
  }).finally(() => progress.stop());
  const elapsedMs = performance.now() - startedAt;
  if (status !== "completed") throw new Error(`the tournament ${id} was ${status} before its last round`);

  const check = startProgress(stderr, "Ledger", rounds, "rounds checked");
  const result = await readResult(api, query, id, (done) => check.update(done)).finally(() => check.stop());
  if (result.counts.rounds !== rounds) {
    throw new Error(`only ${result.counts.rounds} of ${rounds} rounds were settled; the others were skipped`);
  }
  return { result, timing: { elapsedMs, decisions: decisionsOf(result.counts) - decidedBefore } };
}

async function withCandles(plan: TournamentPlan, query: Query, signal: AbortSignal): Promise<void> {
  const shown: { bar: Progress | null } = { bar: null };
  try {
    await storeCandles(query, plan, (stored, total) => {
      signal.throwIfAborted();
      shown.bar ??= startProgress(stderr, "Candles", total, "candles a symbol");
      shown.bar.update(stored);
    });
  } finally {
    shown.bar?.stop();
  }
}

function decisionsOf(counts: Counts): number {
  return counts.decisions_made + counts.decisions_held;
}

function refuse(errors: readonly string[], hint?: string): number {
  for (const error of errors) say(error);
  if (hint !== undefined) say(hint);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
