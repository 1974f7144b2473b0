/** `npm run ledger -- [--tournament ID] [--data DIR] [--json]`: exit 0 exact, 1 errors found, 2 bad input. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Query } from "../db/query.ts";
import { checkLedger, type LedgerResult } from "../ledger/check-ledger.ts";
import { listTournaments } from "../ledger/read.ts";
import { openDatabase } from "../local/open-database.ts";

const USAGE = "Usage: npm run ledger -- [--tournament ID] [--data DIR] [--json]";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface LedgerCliIo {
  readonly open: (dataDir: string) => Promise<{ query: Query; close(): Promise<void> }>;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Rewrites one line of the terminal; absent when nobody looks. */
  readonly progress?: (line: string) => void;
}

interface LedgerArguments {
  readonly tournament: string | undefined;
  readonly data: string;
  readonly json: boolean;
}

/** Returns the exit code. */
export async function runLedger(argv: readonly string[], io: LedgerCliIo): Promise<number> {
  const read = readArguments(argv);
  if (typeof read === "string") {
    io.err(read);
    io.err(USAGE);
    return 2;
  }
  const database = await io.open(resolve(read.data));
  try {
    return await checkAll(database.query, read, io);
  } finally {
    await database.close();
  }
}

function readArguments(argv: readonly string[]): LedgerArguments | string {
  let values: { tournament?: string; data?: string; json?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: { tournament: { type: "string" }, data: { type: "string" }, json: { type: "boolean" } },
    }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { tournament, data = ".agonus", json = false } = values;
  if (tournament !== undefined && !UUID.test(tournament))
    return `--tournament takes a tournament's id (a UUID), not "${tournament}".`;
  if (!existsSync(data))
    return `There is no data folder ${resolve(data)}: run npm start or npm run tournament first, or name another with --data.`;
  return { tournament: tournament?.toLowerCase(), data, json };
}

async function checkAll(query: Query, { tournament, json }: LedgerArguments, io: LedgerCliIo): Promise<number> {
  const all = await listTournaments(query);
  const chosen = tournament === undefined ? all : all.filter(({ id }) => id === tournament);
  if (tournament !== undefined && chosen.length === 0) {
    io.err(`There is no tournament ${tournament} in this database; it has ${all.length}.`);
    return 2;
  }
  const results: { id: string; name: string; result: LedgerResult }[] = [];
  for (const { id, name, status } of chosen) {
    const result = await checkLedger(query, {
      tournamentId: id,
      onProgress: ({ done, rounds }) => io.progress?.(`${name}: ${done} of ${rounds} rounds`),
    });
    io.progress?.("");
    results.push({ id, name, result });
    if (!json) sayVerdict(`${name} (${status}, ${id})`, result, io);
  }
  const strays = tournament === undefined ? await checkLedger(query, { strays: "only" }) : null;
  if (strays && !strays.ok && !json) sayVerdict("Rows that belong to no tournament", strays, io);
  const parts = [...results.map(({ result }) => result), ...(strays ? [strays] : [])];
  const ok = parts.every((part) => part.ok);
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
      }),
    );
  } else if (chosen.length === 0) io.out("There is no tournament yet: nothing to check.");
  return ok ? 0 : 1;
}

function sayVerdict(name: string, result: LedgerResult, io: LedgerCliIo): void {
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
      open: openDatabase,
      out: (line) => console.log(line),
      err: (line) => console.error(line),
      ...(progress ? { progress } : {}),
    });
  } catch (error) {
    // No verdict was reached: neither 0 nor 1 would be true.
    console.error(`The ledger could not be checked: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 2;
  }
}
