/** Processor time of a stack, from /proc. It holds on a busy machine too, where the clock says little. */
import { readFileSync } from "node:fs";
import { postgresProcesses, workerProcesses } from "../chaos/processes.ts";

const TICKS_A_SECOND = 100;

/** Milliseconds that the runtime, the database and this process (it has the database's proxy) have used so far. */
export function processorMs(dataDir: string): number {
  const own = process.cpuUsage();
  const others = [...workerProcesses(dataDir), ...postgresProcesses(dataDir)];
  return (own.user + own.system) / 1000 + others.reduce((sum, { pid }) => sum + msOf(pid), 0);
}

/** 0 for a process that has ended. */
function msOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The fields after the name, which stands in brackets: the 14th to the 17th of proc(5), its children's included.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields.slice(11, 15).reduce((sum, ticks) => sum + (Number(ticks) * 1000) / TICKS_A_SECOND, 0);
  } catch {
    return 0;
  }
}
