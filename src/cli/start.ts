/** `npm start`: its flags stand in start/args.ts. Exit 0 ended as asked, 1 failed, 2 bad input. */
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { clockText } from "../core/market-clock.ts";
import { isVenueName, venueTitles } from "../core/venue-names.ts";
import { resetData } from "../local/reset.ts";
import { type Stack, startStack } from "../local/stack.ts";
import { describeError } from "../log.ts";
import { type ApiClient, apiClient } from "./api-client.ts";
import { listenForInterrupts } from "./interrupt.ts";
import { boardLine, boardLines, lookAt, type Standing } from "./live-view.ts";
import { printStop } from "./read-command.ts";
import { Screen } from "./screen.ts";
import { DEFAULT_INTERVAL_SECONDS, parseStartArgs, type StartOptions } from "./start/args.ts";
import { ensureHouseCup, type HouseCup, Unconfirmed } from "./start/house-cup.ts";
import { enterModels, modelVariables } from "./start/models.ts";

/** Without a terminal, the first rounds get a line each, and then one line a minute is printed. */
const FIRST_LINES = 3;
const LINE_EVERY_MILLISECONDS = 60_000;

async function main(argv: readonly string[]): Promise<number> {
  const args = parseStartArgs(argv);
  if (args.kind === "stop") return printStop(args);
  const { options } = args;
  const out = options.json ? process.stderr : process.stdout;
  const screen = new Screen(out);
  const printLine = (line: string) => screen.printLine(line);
  const interrupts = listenForInterrupts(
    () => {
      screen.release();
      printLine(
        "\nStopping: the Worker, then the database. Nothing is lost; the next start goes on here. (Ctrl-C again: at once.)",
      );
    },
    () => process.exit(130),
  );
  let stack: Stack | null = null;
  try {
    if (options.reset) await reset(options, printLine);
    printLine("Starting …");
    const { dataDir, port, logLevel, watch, venueUrls, webhookLoopback, model } = options;
    const { signal } = interrupts;
    stack = await startStack({
      dataDir,
      port,
      logLevel,
      watch,
      venueUrls,
      webhookLoopback,
      ...(model ? { models: modelVariables(model) } : {}),
      onLine: printLine,
      signal,
    });
    const api = apiClient(stack.url, stack.operatorKey, interrupts.signal);
    const cup = await ensureHouseCup(api, {
      intervalSeconds: options.intervalSeconds,
      market: options.market,
      defaultIntervalSeconds: DEFAULT_INTERVAL_SECONDS,
      mayCancel: options.yes,
      seed: String(randomInt(1_000_000)),
      now: Date.now,
      onLine: printLine,
    });
    if (model) await enterModels(api, cup.id, model, printLine);
    for (const line of banner(stack, cup, options)) printLine(line);
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
    if (error instanceof Unconfirmed) {
      printLine(error.message);
      return 2;
    }
    printLine(`Agonus did not start: ${describeError(error).error}`);
    if (options.logLevel === "debug" && error instanceof Error && error.stack) printLine(error.stack);
    return 1;
  } finally {
    await stack?.stop();
    if (stack && interrupts.signal.aborted) printLine("Stopped.");
    interrupts.dispose();
  }
}

async function reset({ dataDir }: StartOptions, printLine: (line: string) => void): Promise<void> {
  const removed = await resetData(dataDir);
  printLine(
    removed.length === 0
      ? `There was nothing to remove in ${dataDir}.`
      : `Removed from ${dataDir}: ${removed.join(", ")}. The operator key stays.`,
  );
}

function marketText(market: string): string {
  return isVenueName(market) ? venueTitles[market] : "a synthetic market";
}

function banner(stack: Stack, cup: HouseCup, options: StartOptions): string[] {
  const clock = clockText(cup.market_clock);
  return [
    "",
    `  Agonus runs at ${stack.url} (open it in a browser)`,
    `  Control room: ${stack.url}/ops`,
    `  ${cup.name}: ${cup.entries} agents on ${marketText(cup.market)}, a round every ${cup.interval_seconds} s${clock === null ? "" : ` (market clock: ${clock})`}`,
    `  Operator key: ${stack.operatorKey}`,
    `  Everything of this run is in ${options.dataDir} (logs: stack.log, worker.log, pg.log)`,
    "  Ctrl-C ends everything.",
    "",
  ];
}

/** Shows the tournament until interrupted. A failed look is skipped, because the stack restarts what died. */
async function follow(
  api: ApiClient,
  id: string,
  screen: Screen,
  out: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<void> {
  let last: Standing | null = null;
  let printed = 0;
  let printedAt = 0;
  while (!signal.aborted) {
    const now: Standing | null = await lookAt(api, id, last).catch(() => null);
    if (signal.aborted) return;
    if (now !== null) {
      const due =
        printed < FIRST_LINES || Date.now() - printedAt >= LINE_EVERY_MILLISECONDS || now.status !== last?.status;
      last = now;
      if (out.isTTY) screen.draw(boardLines(now, out.columns, out.rows));
      else if (due && now.round >= 0) {
        screen.printLine(boardLine(now));
        printed++;
        printedAt = Date.now();
      }
    }
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
}

process.exitCode = await main(process.argv.slice(2));
// A handle that is still open must not keep the command running.
process.exit();
