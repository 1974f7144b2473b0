/**
 * Facts about processes that an earlier, killed run left behind.
 * The system reuses pids, so a process is identified by its pid and the time it began.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface ProcessFacts {
  readonly pid: number;
  /** When it began. The form differs between systems: only compare it. */
  readonly began: string;
  readonly group: number;
  readonly command: string;
  /** Null where the system doesn't say. */
  readonly folder: string | null;
}

/** Null for a process that has ended; a zombie (which nobody has reaped yet) has ended too. */
export function processFacts(pid: number): ProcessFacts | null {
  if (!Number.isInteger(pid) || pid <= 1) return null;
  return process.platform === "linux" ? factsFromProc(pid) : factsFromPs(pid);
}

/** Whether a process that was written down as `pid` and `began` is still the same one, alive. */
export function isSameProcess(pid: number, began: string): boolean {
  return processFacts(pid)?.began === began;
}

/** This process, as a lock file names its owner. */
export function thisProcess(): { pid: number; began: string } {
  return { pid: process.pid, began: processFacts(process.pid)?.began ?? "unknown" };
}

/** Waits until `alive` says no. Answers whether it did within `milliseconds`. */
export async function waitUntilGone(alive: () => boolean, milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds;
  while (alive()) {
    if (Date.now() >= end) return false;
    await sleep(20);
  }
  return true;
}

/** Sends a signal; a process (or group, by a negative pid) that is already gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** The processes of a group that still live. */
export function groupMembers(group: number): ProcessFacts[] {
  return allPids().flatMap((pid) => {
    const facts = processFacts(pid);
    return facts?.group === group ? [facts] : [];
  });
}

/** Whether a process was started with `NAME=value` in its environment; false where it can't be read. */
export function hasVariable(pid: number, name: string, value: string): boolean {
  try {
    if (process.platform === "linux")
      return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`${name}=${value}`);
    return execFileSync("ps", ["eww", "-p", String(pid)], { encoding: "utf8" }).includes(`${name}=${value}`);
  } catch {
    return false;
  }
}

/** The pids of all processes. Small containers have no `ps`, so Linux is asked by /proc. */
export function allPids(): number[] {
  if (process.platform === "linux")
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  return execFileSync("ps", ["-A", "-o", "pid="], { encoding: "utf8" }).trim().split(/\s+/).map(Number);
}

function factsFromProc(pid: number): ProcessFacts | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in brackets and may hold anything, so the fields are counted from the last bracket (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, , group] = fields;
    const began = fields[19];
    if (state === "Z" || state === "X" || began === undefined) return null;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return { pid, began: `${boot}/${began}`, group: Number(group), command, folder: folderOf(pid) };
  } catch {
    return null;
  }
}

function folderOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

function factsFromPs(pid: number): ProcessFacts | null {
  try {
    const line = execFileSync("ps", ["-o", "stat=,pgid=,lstart=,command=", "-p", String(pid)], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
    }).trim();
    const match = /^(\S+)\s+(\d+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(line);
    if (!match) return null;
    const [, state = "", group = "", began = "", command = ""] = match;
    return state.startsWith("Z") ? null : { pid, began, group: Number(group), command, folder: null };
  } catch {
    return null;
  }
}
