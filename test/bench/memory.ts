/** Memory of processes, from /proc. */
import { readFileSync } from "node:fs";

/** Proportional share of memory, in MB: all, or the part that processes share (PostgreSQL's buffers that were touched). */
export function memory(pids: readonly number[], which: "Pss" | "Pss_Shmem" = "Pss"): number {
  return pids.reduce((sum, pid) => sum + kilobytes(`/proc/${pid}/smaps_rollup`, which) / 1024, 0);
}

/** The most memory that a process ever had, in MB. 0 once it has ended. */
export const peakMemory = (pid: number): number => kilobytes(`/proc/${pid}/status`, "VmHWM") / 1024;

/** 0 for a process that has ended. */
function kilobytes(file: string, name: string): number {
  try {
    return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(file, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
