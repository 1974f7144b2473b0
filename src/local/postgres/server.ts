/** Finds out from a cluster's folder whether its server is alive, and ends that server. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { processFacts, signal, waitUntilGone } from "../process.ts";

const STOPS_MILLISECONDS = 15_000;

/** A fast shutdown, then an immediate one (the next start recovers from the log), then SIGKILL. */
export async function endServer(pid: number, alive: () => boolean): Promise<void> {
  for (const name of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    if (!alive()) return;
    signal(pid, name);
    if (await waitUntilGone(alive, STOPS_MILLISECONDS)) return;
  }
  throw new Error(`PostgreSQL (pid ${pid}) does not end.`);
}

/** The server of this folder, if it truly lives: same folder, and started when the file says so. */
export function liveServer(dataDir: string): StatusFile | null {
  const status = statusFile(dataDir);
  const facts = status && processFacts(status.pid);
  if (!status || !facts?.command.includes("postgres")) return null;
  const same = facts.folder === null ? facts.command.includes(dataDir) : facts.folder === dataDir;
  return same ? status : null;
}

export interface StatusFile {
  readonly pid: number;
  readonly port: number;
  readonly state: string;
}

/** postmaster.pid, line by line: pid, folder, start, port, socket folder, address, shared memory, state. */
export function statusFile(dataDir: string): StatusFile | null {
  try {
    const lines = readFileSync(join(dataDir, "postmaster.pid"), "utf8").split("\n");
    return { pid: Number(lines[0]), port: Number(lines[3]), state: (lines[7] ?? "").trim() };
  } catch {
    return null;
  }
}
