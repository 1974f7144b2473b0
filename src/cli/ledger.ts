/** `npm run ledger`: exit 0 exact, 1 errors found, 2 bad input. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { Query } from "../db/query.ts";
import { checkLedger, type LedgerResult } from "../ledger/check-ledger.ts";
import { listTournaments } from "../ledger/read.ts";
import { checkSchema } from "../local/postgres/migrate.ts";
import { openDatabase } from "../local/postgres/open-database.ts";
import { dataFlag } from "./flag-values.ts";
import { type CommandLine, describeCommand, readCommand } from "./read-command.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface LedgerCliIo {
  readonly open: (dataDir: string) => Promise<{ query: Query; close(): Promise<void> }>;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Rewrites one line of the terminal; absent without a terminal. */
  readonly progress?: (line: string) => void;
}

interface LedgerOptions {
  readonly tournament: string | undefined;
  readonly data: string;
  readonly json: boolean;
}

/** Returns the exit code. */
export async function runLedger(argv: readonly string[], io: LedgerCliIo): Promise<number> {
  const args = parseLedgerArgs(argv);
  if (args.kind === "stop") {
    (args.code === 0 ? io.out : io.err)(args.text.trimEnd());
    return args.code;
  }
  const database = await io.open(resolve(args.options.data));
  try {
    return await checkAll(database.query, args.options, io);
  } finally {
    await database.close();
  }
}

function parseLedgerArgs(argv: readonly string[]): CommandLine<LedgerOptions> {
  const command = describeCommand({
    name: "npm run ledger --",
    summary: "Recomputes every tournament from its orders, quotes and rules, and compares the stored figures.",
    example: "npm run ledger -- --data .agonus --json",
    notes: "Exit codes: 0 exact; 1 a figure is wrong; 2 bad input, or it could not be checked.",
  })
    .option("--tournament <id>", "this tournament alone (default: all of them)", tournamentId)
    .addOption(dataFlag("folder of the database"))
    .option("--json", "one JSON line on stdout", false);
  return readCommand(command, argv, process.env, ({ tournament, data, json }, _, refuse) => {
    if (!existsSync(data))
      refuse(
        `There is no data folder ${resolve(data)}. Run npm start or npm run tournament first, or name another with --data.`,
      );
    return { tournament, data, json };
  });
}

function tournamentId(text: string): string {
  if (UUID.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError("It must be a tournament's id, a UUID.");
}

async function checkAll(query: Query, { tournament, json }: LedgerOptions, io: LedgerCliIo): Promise<number> {
  const all = await listTournaments(query);
  const chosen = tournament === undefined ? all : all.filter(({ id }) => id === tournament);
  if (tournament !== undefined && chosen.length === 0) {
    io.err(`There is no tournament ${tournament} in this database; it has ${all.length}.`);
    return 2;
  }
  const results: { id: string; name: string; result: LedgerResult }[] = [];
  const unchecked: { id: string; name: string; why: string }[] = [];
  for (const { id, name, status } of chosen) {
    try {
      const result = await checkLedger(query, {
        tournamentId: id,
        onProgress: ({ done, rounds }) => io.progress?.(`${name}: ${done} of ${rounds} rounds`),
      });
      io.progress?.("");
      results.push({ id, name, result });
      if (!json) printVerdict(`${name} (${status}, ${id})`, result, io);
    } catch (error) {
      // Rows that can't even be read are this tournament's fault alone: the others still get their verdict.
      io.progress?.("");
      const why = error instanceof Error ? error.message : String(error);
      unchecked.push({ id, name, why });
      io.err(`? ${name} (${status}, ${id}): could not be checked: ${why}`);
    }
  }
  const strays = tournament === undefined ? await checkLedger(query, { strays: "only" }) : null;
  if (strays && !strays.ok && !json) printVerdict("Rows that belong to no tournament", strays, io);
  const parts = [...results.map(({ result }) => result), ...(strays ? [strays] : [])];
  const isExact = parts.every((part) => part.ok);
  const ok = isExact && unchecked.length === 0;
  if (json) {
    io.out(
      JSON.stringify({
        ok,
        checked: parts.reduce((sum, part) => sum + part.checked, 0),
        failures: parts.reduce((sum, part) => sum + part.failures, 0),
        errors: parts.flatMap((part) => part.errors),
        tournaments: results.map(({ id, name, result }) => ({
          id,
          name,
          ok: result.ok,
          checked: result.checked,
          failures: result.failures,
        })),
        unchecked,
      }),
    );
  } else if (chosen.length === 0) io.out("There is no tournament yet: nothing to check.");
  if (!isExact) return 1;
  return unchecked.length > 0 ? 2 : 0;
}

function printVerdict(name: string, result: LedgerResult, io: LedgerCliIo): void {
  const checked = result.checked.toLocaleString("en-US");
  if (result.ok) {
    io.out(`✓ ${name}: exact, ${checked} values compared.`);
    return;
  }
  io.out(`✗ ${name}: ${result.failures.toLocaleString("en-US")} of ${checked} values are wrong.`);
  for (const error of result.errors) io.out(`  ${error.sentence}`);
  const more = result.failures - result.errors.length;
  if (more > 0) io.out(`  … and ${more.toLocaleString("en-US")} more.`);
}

if (import.meta.main) {
  const { stderr } = process;
  const progress = stderr.isTTY ? (line: string) => stderr.write(`\r\x1b[2K${line}`) : undefined;
  try {
    process.exitCode = await runLedger(process.argv.slice(2), {
      async open(data) {
        const database = await openDatabase(data);
        try {
          await checkSchema(database.url);
        } catch (error) {
          await database.close();
          throw error;
        }
        return database;
      },
      out: (line) => console.log(line),
      err: (line) => console.error(line),
      ...(progress ? { progress } : {}),
    });
  } catch (error) {
    // There is no verdict, so neither 0 nor 1 would be true.
    console.error(`The ledger could not be checked: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 2;
  }
}
