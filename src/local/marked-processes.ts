/** Processes that carry a mark in their environment, wherever they stand: those that a run started, and theirs. */
import { allPids, hasVariable, type ProcessFacts, processFacts, signal, waitUntilGone } from "./process.ts";

const GRACE_MILLISECONDS = 5_000;

/** The live processes that were started with `NAME=value` in their environment, and may be read by this account. */
export function markedProcesses(name: string, value: string): ProcessFacts[] {
  return allPids().flatMap((pid) => {
    if (pid === process.pid || !hasVariable(pid, name, value)) return [];
    const facts = processFacts(pid);
    return facts === null ? [] : [facts];
  });
}

/** A process that is just being started shows no environment for a moment. So nobody counts as gone before this time has passed. */
const STARTING_MILLISECONDS = 200;

/** Ends them by SIGTERM, then by SIGKILL. Answers those that there were. */
export async function endMarked(
  name: string,
  value: string,
  graceMilliseconds = GRACE_MILLISECONDS,
): Promise<ProcessFacts[]> {
  const found = new Map<number, ProcessFacts>();
  for (const by of ["SIGTERM", "SIGKILL"] as const) {
    const ended = new Set<number>();
    let lastSeen = performance.now();
    const isThere = () => {
      for (const one of markedProcesses(name, value)) {
        lastSeen = performance.now();
        found.set(one.pid, one);
        if (!ended.has(one.pid)) signal(one.pid, by);
        ended.add(one.pid);
      }
      return performance.now() - lastSeen < STARTING_MILLISECONDS;
    };
    if (await waitUntilGone(isThere, graceMilliseconds)) break;
  }
  return [...found.values()];
}
