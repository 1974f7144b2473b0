/** The flags of `npm run candles -- import | list | check`. */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { givenSymbol } from "../../candles/symbol.ts";
import { intervalNames, isCandleInterval, parseInterval } from "../../markets/intervals.ts";
import { path } from "../flag-values.ts";
import { type CommandLine, describeCommand, type Environment, readCommand, type Stop } from "../read-command.ts";
import type { ImportOptions } from "./import.ts";

export type CandlesCommand =
  | ({ readonly command: "import"; readonly json: boolean } & ImportOptions)
  | { readonly command: "list" | "check"; readonly folder: string; readonly json: boolean };

const CANDLES_DIR = "candles";
const NAMES = ["import", "list", "check"] as const;
const EXIT_CODES = "Exit codes: 0 done; 1 failed; 2 bad input, nothing written; 130 interrupted.";
const HELP = `Usage: npm run candles -- import FILES… | list [DIR] | check DIR

Reads candle files of any known shape: our CSV, dumps of exchanges and data sites, JSON of ccxt and freqtrade,
answers of venues, and .gz and .zip of them.

  import FILES…   converts them into our CSV, one file a symbol and interval
  list [DIR]      symbols, intervals, spans and gaps of a folder (default: ${CANDLES_DIR})
  check DIR       the same, and exit code 2 when a file or a gap makes it unusable

Each command has a help of its own: npm run candles -- import --help

${EXIT_CODES}
`;

export function parseCandlesArgs(argv: readonly string[], environment: Environment): CommandLine<CandlesCommand> {
  const [given = "", ...rest] = argv;
  const name = NAMES.find((each) => each === given);
  if (name === "import") return parseImport(rest, environment);
  if (name !== undefined) return parseFolder(name, rest, environment);
  if (given === "--help" || given === "-h" || given === "help") return { kind: "stop", code: 0, text: HELP };
  const what = given === "" ? "A command is missing." : `There is no command '${given}'.`;
  const stop: Stop = { kind: "stop", code: 2, text: `${what}\n${HELP}` };
  return stop;
}

/** "5m", "60m" or "1w" to seconds. */
function candleInterval(text: string): number {
  const seconds = parseInterval(text);
  if (seconds !== null && isCandleInterval(seconds)) return seconds;
  throw new InvalidArgumentError(`It must be a candle interval: ${intervalNames}.`);
}

function symbolText(text: string): string {
  const symbol = givenSymbol(text);
  if (symbol !== null) return symbol;
  throw new InvalidArgumentError("It must be a symbol with a separator, such as BTC-USDT.");
}

export const fillFlag = () =>
  new Option("--fill <how>", "fill gaps: flat takes the last close, volume 0, and marks the candle").choices(["flat"]);
export const acceptJumpsFlag = () =>
  new Option("--accept-jumps", "take prices that are more than 50 times their neighbours").default(false);

function parseImport(argv: readonly string[], environment: Environment): CommandLine<CandlesCommand> {
  const command = describeCommand({
    name: "npm run candles -- import",
    summary: "Converts files of candles into our CSV, one file a symbol and interval.",
    example: "npm run candles -- import BTCUSDT-5m-2025-01.zip BTCUSDT-5m-2025-02.zip",
    notes: `A folder stands for the files in it. Files of one symbol and interval are one series.\n${EXIT_CODES}`,
  })
    .argument("<files...>", "files or folders")
    .option("--symbol <symbol>", "of all files, where names and columns don't say it: BTC-USDT", symbolText)
    .option("--interval <time>", "of all files, where names don't say it: 5m", candleInterval)
    .option("--out <folder>", "where the CSV goes; files of the same name are replaced", path, CANDLES_DIR)
    .addOption(fillFlag())
    .addOption(acceptJumpsFlag())
    .option("--json", "the report as one JSON line on stdout", false);
  return readCommand(command, argv, environment, ({ symbol, interval, fill, ...flags }, [files]) => ({
    ...flags,
    command: "import" as const,
    files,
    symbol: symbol ?? null,
    intervalSeconds: interval ?? null,
    fill: fill === "flat",
  }));
}

function parseFolder(
  name: "list" | "check",
  argv: readonly string[],
  environment: Environment,
): CommandLine<CandlesCommand> {
  const described = describeCommand({
    name: `npm run candles -- ${name}`,
    summary:
      name === "list"
        ? "Shows the symbols, intervals, spans and gaps of a folder of candle files."
        : "Reads all candles of a folder and says whether a tournament can run on them.",
    example: `npm run candles -- ${name} ${CANDLES_DIR}`,
    notes: EXIT_CODES,
  }).option("--json", "one JSON line on stdout", false);
  if (name === "check") {
    const command = described.argument("<folder>", "folder or file");
    return readCommand(command, argv, environment, ({ json }, [folder]) => ({ command: name, folder, json }));
  }
  const command = described.argument("[folder]", "folder or file", CANDLES_DIR);
  return readCommand(command, argv, environment, ({ json }, [folder]) => ({ command: name, folder, json }));
}
