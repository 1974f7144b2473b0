/**
 * The group of processes that serves the Worker (its runtime and workerd). If its owner is killed hard, it goes on serving;
 * so it is written down, and the next start ends it: only processes that carry this data folder's mark, never a foreign one.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { groupMembers, hasVariable, type ProcessFacts, signal, waitUntilGone } from "./process.ts";

/** In the environment of every process of the group, and of nothing else. */
export const MARK = "AGONUS_STACK";
const Written = z.object({ group: z.number().int().gt(1), mark: z.string().min(8) });
const GRACE_MILLISECONDS = 5_000;

export function writeGroup(file: string, group: number, mark: string): void {
  writeFileSync(file, JSON.stringify({ group, mark }), { mode: 0o600 });
}

/** Ends what a killed run left behind, by the file that it wrote. Answers how many processes there were. */
export async function endLeftovers(file: string, graceMilliseconds = GRACE_MILLISECONDS): Promise<number> {
  let written: z.infer<typeof Written>;
  try {
    written = Written.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return 0;
  }
  const count = marked(written.group, written.mark).length;
  await endGroup(written.group, written.mark, graceMilliseconds);
  rmSync(file, { force: true });
  return count;
}

/** Ends the marked processes of a group by SIGTERM, then by SIGKILL. Throws when one survives. */
export async function endGroup(group: number, mark: string, graceMilliseconds = GRACE_MILLISECONDS): Promise<void> {
  for (const name of ["SIGTERM", "SIGKILL"] as const) {
    for (const member of marked(group, mark)) signal(member.pid, name);
    if (await waitUntilGone(() => marked(group, mark).length > 0, graceMilliseconds)) return;
  }
  throw new Error(
    `The Worker's processes (group ${group}) do not end: ${marked(group, mark).map((member) => member.pid)}.`,
  );
}

/** workerd itself: when one of these dies, nothing restarts it. */
export function workerdPids(group: number): ProcessFacts[] {
  return groupMembers(group).filter((member) => /(^|\/)workerd\S* serve/.test(member.command));
}

function marked(group: number, mark: string): ProcessFacts[] {
  return groupMembers(group).filter((member) => hasVariable(member.pid, MARK, mark));
}
