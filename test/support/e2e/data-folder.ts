/** A data folder of its own for a test, and every process that lives of it. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { parserOf } from "../../../src/db/parse-types.ts";
import type { Query } from "../../../src/db/query.ts";
import { runningPostgres, startPostgres } from "../../../src/local/postgres/postgres.ts";
import { processFacts, signal, waitUntilGone } from "../../../src/local/process.ts";

/** Made outside the repository; PostgreSQL's own account must be able to come through. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "agonus-e2e-"));
  chmodSync(folder, 0o711);
  return folder;
}

/** Those that name the folder in their command, their environment or as their working folder: none of another one. */
export function processesOf(folder: string): number[] {
  return allProcesses().flatMap(({ pid, text }) =>
    pid !== process.pid && text.includes(folder) && processFacts(pid) !== null ? [pid] : [],
  );
}

/** What a power cut does. Answers how many there were. */
export async function killAll(folder: string): Promise<number> {
  const killed = processesOf(folder);
  for (let left = killed; left.length > 0; left = processesOf(folder)) {
    for (const pid of left) signal(pid, "SIGKILL");
    await waitUntilGone(() => left.some((pid) => processFacts(pid) !== null), 5_000);
  }
  return killed.length;
}

/** Ends what a failed test left there, and removes it all. Answers how many processes were left. */
export async function removeFolder(folder: string): Promise<number> {
  const left = await killAll(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  return left;
}

/** The database of a folder, by one connection: the running stack's, or one that is started for the while. */
export async function withDatabase<T>(
  dataDir: string,
  work: (query: Query) => Promise<T>,
  as: "owner" | "superuser" = "owner",
): Promise<T> {
  const cluster = join(dataDir, "pg");
  const running = runningPostgres(cluster, as);
  const own = running === null ? await startPostgres({ dataDir: cluster }) : null;
  const started = as === "owner" ? own?.url : own?.adminUrl;
  // Not a pool: it gives up a connection, and with it the transaction, at the first error.
  const client = new pg.Client({ connectionString: started ?? running ?? "" });
  const types = {
    getTypeParser: (oid: number, format?: "text" | "binary") => parserOf(oid) ?? pg.types.getTypeParser(oid, format),
  };
  try {
    await client.connect();
    return await work(async (text, params = []) => (await client.query({ text, values: [...params], types })).rows);
  } finally {
    await client.end();
    await own?.stop();
  }
}

function allProcesses(): { pid: number; text: string }[] {
  if (process.platform === "linux") {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => ({ pid: Number(name), text: traces(name) }));
  }
  return execFileSync("ps", ["-A", "-E", "-ww", "-o", "pid=,command="], { encoding: "utf8" })
    .split("\n")
    .map((line) => ({ pid: Number.parseInt(line, 10), text: line }));
}

function traces(pid: string): string {
  const reads = [
    () => readFileSync(`/proc/${pid}/cmdline`, "utf8"),
    () => readFileSync(`/proc/${pid}/environ`, "utf8"),
    () => readlinkSync(`/proc/${pid}/cwd`),
  ];
  return reads
    .map((read) => {
      try {
        return read();
      } catch {
        return "";
      }
    })
    .join("\0");
}
