/** `npm run backup`. Exit 0 done, 1 failed, 2 bad input, 130 interrupted; whatever fails leaves no file. */
import { Option } from "@commander-js/extra-typings";
import { takeBackup } from "../local/backup/backup.ts";
import { openDatabase } from "../local/postgres/open-database.ts";
import { describeError } from "../log.ts";
import { postgresUrl } from "./database-url.ts";
import { dataFlag, path } from "./flag-values.ts";
import { listenForInterrupts } from "./interrupt.ts";
import { startProgress } from "./progress.ts";
import { describeCommand, type Environment, printStop, readCommand } from "./read-command.ts";

function parseBackupArgs(argv: readonly string[], environment: Environment) {
  const command = describeCommand({
    name: "npm run backup --",
    summary: "Writes a whole database into one file, as of one moment, while others go on using it.",
    example: "npm run backup -- --data .agonus --out monday.backup.gz",
    notes: `The file holds everything but the operator key. Agents' private configuration is in it: keep it as you keep the database.
npm run restore brings it back. Exit codes: 0 done; 1 failed; 2 bad input; 130 interrupted.`,
  })
    .addOption(dataFlag("folder of the database"))
    .addOption(
      new Option("--remote", "the database that DATABASE_URL names instead, such as Neon's")
        .default(false)
        .conflicts("data"),
    )
    .option(
      "--out <file>",
      "the file to write; a file that is there is never replaced (default: agonus-TIME.backup.gz)",
      path,
    )
    .option("--json", 'one JSON line on stdout: {"file", "bytes", "rows", "taken_at"}', false);
  return readCommand(command, argv, environment, ({ data, remote, out = defaultFile(), json }, _, refuse) => {
    if (!remote) return { data, url: null, out, json };
    const url = postgresUrl(environment);
    return url === null
      ? refuse("--remote needs the database's connection string: DATABASE_URL=postgres://… npm run backup -- --remote")
      : { data, url, out, json };
  });
}

const { stderr, stdout } = process;
const printLine = (line: string) => stderr.write(`${line}\n`);

async function main(argv: readonly string[]): Promise<number> {
  const args = parseBackupArgs(argv, process.env);
  if (args.kind === "stop") return printStop(args);
  const { data, url, out, json } = args.options;
  const interrupts = listenForInterrupts(
    () => {},
    () => process.exit(130),
  );
  try {
    const database = url === null ? await openDatabase(data) : { url, close: async () => {} };
    try {
      return await write(database.url, out, json, interrupts.signal);
    } finally {
      await database.close();
    }
  } catch (error) {
    if (interrupts.signal.aborted) {
      printLine("Interrupted: there is no file.");
      return 130;
    }
    printLine(`There is no backup: ${describeError(error).error}`);
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

process.exitCode = await main(process.argv.slice(2));
process.exit();
