/** How long recoveries took, worked out from times alone. Pure. All times are epoch milliseconds. */

export interface Struck {
  readonly kind: string;
  readonly excuses: boolean;
  readonly startMs: number;
  /** When the fault did its last harm. Recoveries are measured from here. */
  readonly harmedMs: number;
  /** When a killed process answered again. For other faults the same as `harmedMs`. */
  readonly endMs: number;
}

export interface DueRound {
  readonly number: number;
  readonly dueMs: number;
  readonly deadlineMs: number;
}

export interface Done {
  readonly round: number;
  readonly atMs: number;
}

/** A fault also excuses what is due within this time after its end. */
const AFTERMATH_MS = 10_000;

/** Whether a fault overlaps the round's window, or ended shortly before it. */
export function isExcused(round: DueRound, faults: readonly Struck[]): boolean {
  return faults.some(
    ({ excuses, startMs, endMs }) => excuses && startMs <= round.deadlineMs && endMs > round.dueMs - AFTERMATH_MS,
  );
}

export interface Recoveries {
  /** Seconds, ascending: one value for each fault and entry. */
  readonly seconds: readonly number[];
  /** The longest recovery of each fault, slowest first. Faults that harmed no entry are left out. */
  readonly slowest: readonly { readonly fault: Struck; readonly seconds: number }[];
  /** How many entries decided nothing more after the last fault. */
  readonly never: number;
}

/**
 * A recovery ends with the entry's next decision. It begins with the later of two times: the fault's last harm (so the new
 * start of a killed process counts), and the next due time of a round that the entry had not decided. `rounds` holds
 * skipped rounds too, because they were due. A fault that the next fault cut short is measured with the next one.
 */
export function recoveries(
  faults: readonly Struck[],
  rounds: readonly DueRound[],
  done: ReadonlyMap<string, readonly Done[]>,
): Recoveries {
  const seconds: number[] = [];
  const slowest: { fault: Struck; seconds: number }[] = [];
  let never = 0;
  const hard = faults.filter(({ excuses }) => excuses);
  for (const fault of hard) {
    const next = Math.min(...hard.filter(({ startMs }) => startMs > fault.startMs).map(({ startMs }) => startMs));
    const own: number[] = [];
    for (const decisions of done.values()) {
      const before = new Set(decisions.filter(({ atMs }) => atMs <= fault.harmedMs).map(({ round }) => round));
      const owed = rounds.find(({ number, deadlineMs }) => deadlineMs > fault.harmedMs && !before.has(number));
      if (owed === undefined) continue;
      const after = decisions.find(({ atMs }) => atMs > fault.harmedMs);
      if (after === undefined && next === Number.POSITIVE_INFINITY) never++;
      if (after === undefined || after.atMs > next) continue;
      own.push(Math.max(0, after.atMs - Math.max(fault.harmedMs, owed.dueMs)) / 1000);
    }
    seconds.push(...own);
    if (own.length > 0) slowest.push({ fault, seconds: Math.max(...own) });
  }
  return {
    seconds: seconds.sort((a, b) => a - b),
    slowest: slowest.sort((a, b) => b.seconds - a.seconds),
    never,
  };
}

/** By nearest rank. Null when there are no values. */
export function quantile(ascending: readonly number[], share: number): number | null {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? null;
}
