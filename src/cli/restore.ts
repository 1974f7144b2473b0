/** `npm run restore -- FILE …`: see HELP. Exit 0 done, 1 failed, 2 bad input, 130 interrupted. */
import { parseArgs } from "node:util";
import { DataFolderBusy } from "../local/data-lock.ts";
import { RestoreRefused, type RestoreReport, restoreBackup } from "../local/restore.ts";
import { describeError } from "../log.ts";
import { listenForInterrupts } from "./interrupt.ts";
import { type Progress, startProgress } from "./progress.ts";
import { DEFAULT_DATA } from "./start-args.ts";

const HELP = `Brings a backup's database into a data folder. Stop what runs there first.

  npm run restore -- FILE [options]

  --data DIR       the folder (${DEFAULT_DATA}); its operator key stays
  --yes            the database that is there is replaced, and gone
  --keep-objects   leave the Durable Objects' own state, as production has to
  --json           one JSON line on stdout: {"taken_at", "rows", "migrated"}
  --help

The file is read through and checked before anything is touched, and the new database takes its place only when it is
whole: until then, whatever happens, the old one is what it was. An older backup is brought to today's schema.
Afterwards: npm run ledger, then npm start. Exit codes: 0 done; 1 failed; 2 bad input; 130 interrupted.
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
  const { values, positionals } = args;
  if (values.help) {
    stdout.write(HELP);
    return 0;
  }
  const [file, ...more] = positionals;
  if (file === undefined) return refuse("Which backup? npm run restore -- FILE");
  if (more.length > 0) return refuse(`${more.join(" ")}: one backup at a time.`);
  const interrupts = listenForInterrupts(
    () => say("\nStopping …"),
    () => process.exit(130),
  );
  const bars = new Bars();
  try {
    const report = await restoreBackup({
      file,
      dataDir: values.data ?? DEFAULT_DATA,
      replace: values.yes ?? false,
      keepObjects: values["keep-objects"] ?? false,
      onLine: say,
      onBytes: (step, done, all) => bars.show(step, done, all),
      signal: interrupts.signal,
    }).finally(() => bars.stop());
    stdout.write(`${values.json ? jsonLine(report) : sentence(report, values.data ?? DEFAULT_DATA)}\n`);
    return 0;
  } catch (error) {
    if (interrupts.signal.aborted) {
      say("Interrupted: nothing was touched.");
      return 130;
    }
    if (error instanceof RestoreRefused) {
      say(error.message);
      return 2;
    }
    say(error instanceof DataFolderBusy ? error.message : `Not restored: ${describeError(error).error}`);
    return 1;
  } finally {
    interrupts.dispose();
  }
}

/** One bar a step, in kilobytes of the file. */
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

function read(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      data: { type: "string" },
      yes: { type: "boolean" },
      "keep-objects": { type: "boolean" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
}

function refuse(line: string): number {
  say(line);
  say("See npm run restore -- --help");
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
process.exit();
