/** `npm start`: see HELP in start-args.ts. Exit 0 ended as asked, 1 failed, 2 bad input. */
import { randomInt } from "node:crypto";
import { relative, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { resetData } from "../local/reset.ts";
import { type Stack, startStack } from "../local/stack.ts";
import { describeError } from "../log.ts";
import { type ApiClient, apiClient } from "./api-client.ts";
import { ensureHouseCup, type HouseCup } from "./house-cup.ts";
import { listenForInterrupts } from "./interrupt.ts";
import { boardLine, boardLines, lookAt, type Standing } from "./live-view.ts";
import { Screen } from "./screen.ts";
import { DEFAULT_INTERVAL_SECONDS, HELP, parseStartArgs, type StartOptions } from "./start-args.ts";

/** Where a log is read instead of a terminal: the first rounds, then one line a minute. */
const FIRST_LINES = 3;
const LINE_EVERY_MILLISECONDS = 60_000;

async function main(argv: readonly string[]): Promise<number> {
  const args = parseStartArgs(argv);
  if (args.kind === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  if (args.kind === "bad") {
    for (const error of [...args.errors, "See npm start -- --help"]) process.stderr.write(`${error}\n`);
    return 2;
  }
  const { options } = args;
  const out = options.json ? process.stderr : process.stdout;
  const screen = new Screen(out);
  const say = (line: string) => screen.say(line);
  const interrupts = listenForInterrupts(
    () => {
      screen.release();
      say(
        "\nStopping: the Worker, then the database. Nothing is lost; the next start goes on here. (Ctrl-C again: at once.)",
      );
    },
    () => process.exit(130),
  );
  let stack: Stack | null = null;
  try {
    if (options.reset) await reset(options, say);
    say("Starting …");
    const { dataDir, port, logLevel, watch } = options;
    stack = await startStack({ dataDir, port, logLevel, watch, onLine: say, signal: interrupts.signal });
    const api = apiClient(stack.url, stack.operatorKey, interrupts.signal);
    const cup = await ensureHouseCup(api, {
      intervalSeconds: options.intervalSeconds,
      defaultIntervalSeconds: DEFAULT_INTERVAL_SECONDS,
      seed: String(randomInt(1_000_000)),
      now: Date.now,
      say,
    });
    for (const line of banner(stack, cup, options)) say(line);
    if (options.json) {
      process.stdout.write(
        `${JSON.stringify({ url: stack.url, operator_key: stack.operatorKey, tournament_id: cup.id })}\n`,
      );
    }
    await follow(api, cup.id, screen, out, interrupts.signal);
    return 0;
  } catch (error) {
    if (interrupts.signal.aborted) return 0;
    screen.release();
    say(`Agonus did not start: ${describeError(error).error}`);
    if (options.logLevel === "debug" && error instanceof Error && error.stack) say(error.stack);
    return 1;
  } finally {
    await stack?.stop();
    if (stack && interrupts.signal.aborted) say("Stopped.");
    interrupts.dispose();
  }
}

async function reset({ dataDir }: StartOptions, say: (line: string) => void): Promise<void> {
  const removed = await resetData(dataDir);
  say(
    removed.length === 0
      ? `There was nothing to remove in ${dataDir}.`
      : `Removed from ${dataDir}: ${removed.join(", ")}. The operator key stays.`,
  );
}

function banner(stack: Stack, cup: HouseCup, options: StartOptions): string[] {
  const file = resolve(options.dataDir, "operator-key");
  const short = relative(".", file);
  const keyFile = short.startsWith("..") ? file : short;
  const auth = `-H "Authorization: Bearer $(cat ${keyFile})"`;
  return [
    "",
    `  Agonus runs at ${stack.url}`,
    `  ${cup.name}: ${cup.entries} agents on a synthetic market, a round every ${cup.interval_seconds} s`,
    `  Operator key: ${stack.operatorKey}`,
    `  Everything of this run is in ${options.dataDir} (logs: stack.log, worker.log, pg.log)`,
    "",
    `  curl ${stack.url}/tournaments/${cup.id}/leaderboard`,
    `  curl ${stack.url}/tournaments/${cup.id}/rounds`,
    `  curl ${stack.url}/health`,
    `  curl -X POST ${auth} "${stack.url}/tournaments/${cup.id}/pause"`,
    "",
    "  Ctrl-C ends everything.",
    "",
  ];
}

/** Until interrupted. A look that fails is no end: what died is being started again. */
async function follow(
  api: ApiClient,
  id: string,
  screen: Screen,
  out: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<void> {
  let last: Standing | null = null;
  let said = 0;
  let saidAt = 0;
  while (!signal.aborted) {
    const now: Standing | null = await lookAt(api, id, last).catch(() => null);
    if (signal.aborted) return;
    if (now !== null) {
      const due = said < FIRST_LINES || Date.now() - saidAt >= LINE_EVERY_MILLISECONDS || now.status !== last?.status;
      last = now;
      if (out.isTTY) screen.draw(boardLines(now, out.columns, out.rows));
      else if (due && now.round >= 0) {
        screen.say(boardLine(now));
        said++;
        saidAt = Date.now();
      }
    }
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
}

process.exitCode = await main(process.argv.slice(2));
// Whatever still holds a handle must not hold the terminal.
process.exit();
