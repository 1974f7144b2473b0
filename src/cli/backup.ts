/** `npm run backup -- …`: see HELP. Exit 0 done, 1 failed, 2 bad input, 130 interrupted; whatever fails leaves no file. */
import { parseArgs } from "node:util";
import { takeBackup } from "../local/backup.ts";
import { openDatabase } from "../local/open-database.ts";
import { describeError } from "../log.ts";
import { listenForInterrupts } from "./interrupt.ts";
import { startProgress } from "./progress.ts";
import { DEFAULT_DATA } from "./start-args.ts";

const HELP = `Writes a whole database into one file, as of one moment; whatever uses it meanwhile goes on.

  npm run backup -- [options]

  --data DIR   folder of the database (${DEFAULT_DATA})
  --remote     the database that DATABASE_URL names instead, such as Neon's
  --out FILE   the file to write (agonus-TIME.backup.gz); one that is there is never replaced
  --json       one JSON line on stdout: {"file", "bytes", "rows", "taken_at"}
  --help

It holds everything but the operator key, agents' private configuration included: keep it as you keep the database.
npm run restore brings it back. Exit codes: 0 done; 1 failed; 2 bad input; 130 interrupted.
`;

const { stderr, stdout } = process;
const say = (line: string) => stderr.write(`${line}\n`);

async function main(argv: readonly string[]): Promise<number> {
  let args: ReturnType<typeof read>;
  try {
    args = read(argv);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  if (args.help) {
    stdout.write(HELP);
    return 0;
  }
  const url = process.env.DATABASE_URL;
  if (args.remote && args.data !== undefined) return refuse("--remote and --data name two databases: leave one out.");
  if (args.remote && (!url || !/^postgres(ql)?:/.test(url) || !URL.canParse(url))) {
    return refuse(
      "--remote needs the database's connection string: DATABASE_URL=postgres://… npm run backup -- --remote",
    );
  }
  const interrupts = listenForInterrupts(
    () => {},
    () => process.exit(130),
  );
  try {
    const database =
      args.remote && url ? { url, close: async () => {} } : await openDatabase(args.data ?? DEFAULT_DATA);
    try {
      return await write(database.url, args.out ?? defaultFile(), args.json ?? false, interrupts.signal);
    } finally {
      await database.close();
    }
  } catch (error) {
    if (interrupts.signal.aborted) {
      say("Interrupted: there is no file.");
      return 130;
    }
    say(`There is no backup: ${describeError(error).error}`);
    return 1;
  } finally {
    interrupts.dispose();
  }
}

async function write(databaseUrl: string, file: string, json: boolean, signal: AbortSignal): Promise<number> {
  let bar: ReturnType<typeof startProgress> | null = null;
  const report = await takeBackup({
    databaseUrl,
    file,
    signal,
    onTable: (done, all, rows) => {
      bar ??= startProgress(stderr, "Backup", all, "tables");
      bar.update(done, `${rows.toLocaleString("en-US")} rows`);
    },
  }).finally(() => bar?.stop());
  const { bytes, rows, takenAt } = report;
  if (json) stdout.write(`${JSON.stringify({ file: report.file, bytes, rows, taken_at: takenAt })}\n`);
  else {
    const size = (bytes / 1e6).toLocaleString("en-US", { maximumFractionDigits: 1 });
    stdout.write(`${report.file}: ${rows.toLocaleString("en-US")} rows as of ${takenAt}, ${size} MB\n`);
  }
  return 0;
}

function defaultFile(): string {
  const time = new Date()
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(/[-:]/g, "");
  return `agonus-${time}.backup.gz`;
}

function read(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    options: {
      data: { type: "string" },
      remote: { type: "boolean" },
      out: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  }).values;
}

function refuse(line: string): number {
  say(line);
  say("See npm run backup -- --help");
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
process.exit();
