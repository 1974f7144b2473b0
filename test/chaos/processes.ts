/** Finds the processes of one data folder alone, by its mark or its path, each with its start time. */
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import {
  groupMembers,
  hasVariable,
  isSameProcess,
  type ProcessFacts,
  processFacts,
  signal,
} from "../../src/local/process.ts";
import { MARK, workerdPids } from "../../src/local/process-group.ts";

const Written = z.object({ group: z.number(), mark: z.string() });

/** The Worker's group: its runtime and workerd. Empty while it is being started again. */
export function workerProcesses(dataDir: string): ProcessFacts[] {
  try {
    const { group, mark } = Written.parse(JSON.parse(readFileSync(join(dataDir, "worker.pid"), "utf8")));
    return groupMembers(group).filter((member) => hasVariable(member.pid, MARK, mark));
  } catch {
    return [];
  }
}

/** The Worker's runtime alone. */
export function runtimes(dataDir: string): ProcessFacts[] {
  const own = workerProcesses(dataDir);
  return own
    .flatMap(({ group }) => workerdPids(group))
    .filter(({ pid }, i, all) => all.findIndex((p) => p.pid === pid) === i);
}

/** PostgreSQL's main process first, then its children. */
export function postgresProcesses(dataDir: string): ProcessFacts[] {
  const folder = join(dataDir, "pg");
  if (!existsSync(folder)) return [];
  const cluster = realpathSync(folder);
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => processFacts(Number(pid)) ?? [])
    .filter(({ folder, command }) => folder === cluster && command.includes("postgres"));
  const main = postmaster(cluster);
  return all.sort((a, b) => Number(b.pid === main) - Number(a.pid === main));
}

function postmaster(cluster: string): number {
  try {
    return Number(readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n")[0]);
  } catch {
    return -1;
  }
}

/** Sends a signal, except to a pid that another process has taken meanwhile. Answers how many processes got the signal. */
export function send(processes: readonly ProcessFacts[], name: NodeJS.Signals): number {
  const alive = processes.filter(({ pid, began }) => isSameProcess(pid, began));
  for (const { pid } of alive) signal(pid, name);
  return alive.length;
}
