/** The flags of `npm run tournament`. */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { readUtcTime } from "../../core/text/time-text.ts";
import type { LogLevel } from "../../local/log-levels.ts";
import { intervalText } from "../../markets/intervals.ts";
import { acceptJumpsFlag, fillFlag } from "../candles/args.ts";
import {
  DEFAULT_DATA,
  dataFlag,
  intervalSeconds,
  logLevelFlag,
  path,
  portNumber,
  wholeNumber,
} from "../flag-values.ts";
import { type CommandLine, describeCommand, type Environment, readCommand } from "../read-command.ts";

export interface TournamentOptions {
  /** Null: the synthetic market. */
  readonly candles: string | null;
  readonly rounds: number;
  readonly seed: string;
  /** Gaps of the candles are filled with the last close. */
  readonly fill: boolean;
  /** Prices of more than 50 times their neighbours are taken. */
  readonly acceptJumps: boolean;
  /** Path of a JSON array of bodies of POST /agents; null: the default field. */
  readonly agents: string | null;
  /** Path of a file of the same form, whose agents join the field; null: nobody does. */
  readonly guests: string | null;
  /** Null: the candles' own. */
  readonly intervalSeconds: number | null;
  /** Epoch milliseconds of round 0; null: right after the warm-up. */
  readonly startAt: number | null;
  /** Path of the cassette that is written at the end; null: none. */
  readonly record: string | null;
  /** Path of the cassette that answers for all language models; null: their providers do. */
  readonly cassette: string | null;
  readonly dataDir: string;
  readonly port: number | null;
  readonly json: boolean;
  readonly logLevel: LogLevel;
}

const MAX_ROUNDS = 1_000_000;

function tournamentCommand() {
  return describeCommand({
    name: "npm run tournament --",
    summary: "Replays a tournament on stored candles through the whole stack, and checks its ledger.",
    example: "npm run tournament -- --rounds 288 --seed 1 --interval 5m",
    notes: `The same command on the same data folder continues a run that was interrupted.
Exit codes: 0 done; 1 failed, or the ledger is wrong; 2 bad input, nothing written; 130 interrupted.`,
  })
    .option(
      "--candles <folder>",
      "folder of candle files of any known shape (default: the synthetic market of the seed)",
      path,
    )
    .addOption(fillFlag())
    .addOption(acceptJumpsFlag())
    .option("--rounds <number>", "decision rounds; 288 are a day of 5 minutes", wholeNumber(1, MAX_ROUNDS), 288)
    .option("--seed <text>", "feeds everything random; the same seed and candles give the same hash", seedText, "1")
    .option("--with <file>", "JSON array of bodies of POST /agents, to join the house field", path)
    .option("--agents <file>", "the same, in place of the house field", path)
    .option(
      "--interval <time>",
      "time between rounds, a multiple of the candles' own (default: their own)",
      intervalSeconds,
    )
    .option("--start <time>", "ISO time of round 0, UTC without a zone (default: after the warm-up)", startTime)
    .option("--record <file>", "write what language models were asked and answered", path)
    .option("--cassette <file>", "answer for all language models from such a file, without a key or network", path)
    .addOption(dataFlag("folder of the local stack's database"))
    .option("--port <number>", "port of the HTTP API while it runs (default: any free one)", portNumber)
    .option("--json", "one JSON line at the end of stdout, all else on stderr", false)
    .addOption(logLevelFlag("warn"));
}

export function parseTournamentArgs(
  argv: readonly string[],
  environment: Environment = process.env,
): CommandLine<TournamentOptions> {
  return readCommand(
    tournamentCommand(),
    argv,
    environment,
    ({ data, interval, start, fill, with: guests, record = null, cassette = null, ...flags }, _, refuse) => ({
      ...flags,
      ...cassettes({ record, cassette, candles: flags.candles ?? null }, refuse),
      candles: flags.candles ?? null,
      fill: fill === "flat",
      agents: flags.agents ?? null,
      guests: guests ?? null,
      intervalSeconds: interval ?? null,
      startAt: start ?? null,
      dataDir: data,
      port: flags.port ?? null,
    }),
  );
}

interface Cassettes {
  readonly record: string | null;
  readonly cassette: string | null;
}

/** The synthetic market has other candles in each tournament with a language model, so none could be played again. */
function cassettes(
  { record, cassette, candles }: Cassettes & { readonly candles: string | null },
  refuse: (sentence: string) => never,
): Cassettes {
  if (record !== null && cassette !== null) refuse("--record and --cassette don't go together.");
  if ((record ?? cassette) !== null && candles === null) refuse("--record and --cassette need --candles.");
  return { record, cassette };
}

function seedText(text: string): string {
  if (text.length >= 1 && text.length <= 64 && !text.startsWith("--")) return text;
  throw new InvalidArgumentError("It must have 1 to 64 characters.");
}

/** To epoch milliseconds. */
function startTime(text: string): number {
  const time = readUtcTime(text);
  if (time.kind === "ok") return time.ms;
  throw new InvalidArgumentError("It must be an ISO time of the years 1 to 2199, such as 2025-06-01T10:00:00Z.");
}

/** The command that repeats a run, for messages. */
export function commandOf(options: TournamentOptions): string {
  const parts = ["npm run tournament --"];
  const add = (flag: string, value: string | null) => {
    if (value !== null)
      parts.push(`--${flag} ${/^[\w./:-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`);
  };
  add("candles", options.candles);
  if (options.fill) add("fill", "flat");
  if (options.acceptJumps) parts.push("--accept-jumps");
  add("rounds", String(options.rounds));
  add("seed", options.seed);
  add("with", options.guests);
  add("agents", options.agents);
  add("interval", options.intervalSeconds === null ? null : intervalText(options.intervalSeconds));
  add("record", options.record);
  add("cassette", options.cassette);
  add("start", options.startAt === null ? null : new Date(options.startAt).toISOString());
  if (options.dataDir !== DEFAULT_DATA) add("data", options.dataDir);
  if (options.json) parts.push("--json");
  return parts.join(" ");
}
