/** `npm run restore`. Exit 0 done, 1 failed, 2 bad input, 130 interrupted. */
import { RestoreRefused, type RestoreReport, restoreBackup } from "../local/backup/restore.ts";
import { DataFolderBusy } from "../local/data-lock.ts";
import { describeError } from "../log.ts";
import { DEFAULT_DATA, dataFlag, path } from "./flag-values.ts";
import { listenForInterrupts } from "./interrupt.ts";
import { type Progress, startProgress } from "./progress.ts";
import { describeCommand, printStop, readCommand } from "./read-command.ts";

function parseRestoreArgs(argv: readonly string[]) {
  const command = describeCommand({
    name: "npm run restore --",
    summary: "Brings a backup's database into a data folder. Stop what runs there first.",
    example: "npm run restore -- monday.backup.gz --data .agonus --yes",
    notes: `The file is read through and checked before anything is touched. The new database takes its place only when it is whole:
until then the old one is what it was. An older backup is brought to today's schema.
Afterwards: npm run ledger, then npm start. Exit codes: 0 done; 1 failed; 2 bad input; 130 interrupted.`,
  })
    .argument("<file>", "what npm run backup wrote", path)
    .addOption(dataFlag("the folder; its operator key stays"))
    .option("--yes", "replace the database that is there, which is then gone", false)
    .option("--keep-objects", "leave the Durable Objects' own state, as production has to", false)
    .option("--json", 'one JSON line on stdout: {"taken_at", "rows", "migrated"}', false);
  return readCommand(command, argv, process.env, (flags, [file]) => ({ ...flags, file }));
}

const { stderr, stdout } = process;
const printLine = (line: string) => stderr.write(`${line}\n`);

async function main(argv: readonly string[]): Promise<number> {
  const args = parseRestoreArgs(argv);
  if (args.kind === "stop") return printStop(args);
  const { file, data, yes, keepObjects, json } = args.options;
  const interrupts = listenForInterrupts(
    () => printLine("\nStopping …"),
    () => process.exit(130),
  );
  const bars = new Bars();
  try {
    const report = await restoreBackup({
      file,
      dataDir: data,
      replace: yes,
      keepObjects,
      onLine: printLine,
      onBytes: (step, done, all) => bars.show(step, done, all),
      signal: interrupts.signal,
    }).finally(() => bars.stop());
    stdout.write(`${json ? jsonLine(report) : sentence(report, data)}\n`);
    return 0;
  } catch (error) {
    if (interrupts.signal.aborted) {
      printLine("Interrupted: nothing was touched.");
      return 130;
    }
    if (error instanceof RestoreRefused) {
      printLine(error.message);
      return 2;
    }
    printLine(error instanceof DataFolderBusy ? error.message : `Not restored: ${describeError(error).error}`);
    return 1;
  } finally {
    interrupts.dispose();
  }
}

/** Shows a progress bar for each step, in kilobytes of the file. */
class Bars {
  #step: string | null = null;
  #bar: Progress | null = null;

  show(step: "check" | "restore", done: number, all: number): void {
    if (this.#step !== step) {
      this.stop();
      this.#step = step;
      this.#bar = startProgress(stderr, step === "check" ? "Check" : "Restore", kilobytes(all), "KB");
    }
    this.#bar?.update(kilobytes(done));
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }
}

const kilobytes = (bytes: number) => Math.ceil(bytes / 1000);

function jsonLine({ takenAt, rows, migrated }: RestoreReport): string {
  return JSON.stringify({ taken_at: takenAt, rows, migrated });
}

function sentence({ takenAt, rows, migrated }: RestoreReport, data: string): string {
  const newer =
    migrated === 0
      ? ""
      : ` It was brought to today's schema (${migrated} ${migrated === 1 ? "migration" : "migrations"}).`;
  const flag = data === DEFAULT_DATA ? "" : ` -- --data ${data}`;
  return `Restored ${rows.toLocaleString("en-US")} rows as of ${takenAt}.${newer} Check them with npm run ledger${flag}, go on with npm start${flag}.`;
}

process.exitCode = await main(process.argv.slice(2));
process.exit();
