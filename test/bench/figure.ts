/** Figures and how they are judged: medians, ratios, bars. Pure. */

export interface Run {
  readonly ours: number;
  /** Null: measured without the peer. */
  readonly peer: number | null;
}

export type Bar =
  /** The least ratio to the peer. */
  | { readonly kind: "ratio"; readonly least: number }
  /** The most, in the figure's own unit. */
  | { readonly kind: "most"; readonly value: number }
  | { readonly kind: "none" };

export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly better: "more" | "less";
  readonly bar: Bar;
  readonly runs: readonly Run[];
  /** The peer in words: "Celery, two workers". */
  readonly against?: string;
  /** True: `ours` is a quotient with a base of our own, and the ratio is its inverse. */
  readonly ownBase?: boolean;
  /** A remark that the reader needs beside the number. */
  readonly note?: string;
}

export interface Figure {
  readonly name: string;
  /** Medians. */
  readonly ours: number;
  readonly peer: number | null;
  readonly unit: string;
  /** Over 1 is better for Agonus. Null when there is nothing to compare with. */
  readonly ratio: number | null;
  readonly bar: string;
  /** Null: there was no peer to compare with, or the figure has no bar. */
  readonly ok: boolean | null;
  readonly runs: readonly Run[];
  readonly against?: string;
  readonly note?: string;
  /** The parts of a figure of several. The figure's own numbers are those of the part that is nearest to its bar. */
  readonly parts?: readonly Figure[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >>> 1;
  const high = sorted[middle];
  if (high === undefined) throw new Error("there is no median of nothing");
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? high) + high) / 2;
}

/** The value below which `share` of the values lie. A share of 1 gives the largest value. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (value === undefined) throw new Error("there is no quantile of nothing");
  return value;
}

function judge(measured: Measured): Figure {
  const { name, unit, better, bar, runs, against, note, ownBase } = measured;
  const ours = median(runs.map((run) => run.ours));
  const peers = runs.flatMap((run) => (run.peer === null ? [] : [run.peer]));
  const peer = peers.length === 0 ? null : median(peers);
  const ratio = ownBase ? 1 / ours : peer === null ? null : better === "more" ? ours / peer : peer / ours;
  return {
    name,
    ours: rounded(ours),
    peer: peer === null ? null : rounded(peer),
    unit,
    ratio: ratio === null ? null : rounded(ratio),
    bar: barText(bar, unit),
    ok: isMet(bar, ours, ratio),
    runs: runs.map((run) => ({ ours: rounded(run.ours), peer: run.peer === null ? null : rounded(run.peer) })),
    ...(against ? { against } : {}),
    ...(note ? { note } : {}),
  };
}

/** Joins parts into one figure, with the numbers of the part that is nearest to its bar. */
export function joined(name: string, measured: readonly Measured[]): Figure {
  const parts = measured.map(judge);
  const rooms = measured.map((one, i) => room(one.bar, parts[i]));
  const worst = parts[rooms.indexOf(Math.min(...rooms))];
  if (!worst) throw new Error(`${name} measured nothing`);
  if (parts.length === 1) return { ...worst, name };
  const judged = parts.filter((part) => part.bar !== NO_BAR).map((part) => part.ok);
  const ok = judged.includes(false) ? false : judged.includes(null) ? null : true;
  return { ...worst, name, ok, parts };
}

/** By which factor the bar is met. A smaller factor is nearer to the bar. */
function room(bar: Bar, figure: Figure | undefined): number {
  if (!figure || bar.kind === "none") return Number.POSITIVE_INFINITY;
  if (bar.kind === "most") return figure.ours <= 0 ? Number.MAX_VALUE : bar.value / figure.ours;
  return figure.ratio === null ? Number.MAX_VALUE : figure.ratio / bar.least;
}

function isMet(bar: Bar, ours: number, ratio: number | null): boolean | null {
  if (bar.kind === "most") return ours <= bar.value;
  if (bar.kind === "ratio") return ratio === null ? null : ratio >= bar.least;
  return null;
}

const NO_BAR = "–";

function barText(bar: Bar, unit: string): string {
  if (bar.kind === "none") return NO_BAR;
  return bar.kind === "most" ? `≤ ${rounded(bar.value)} ${unit}` : `ratio ≥ ${rounded(bar.least)}`;
}

/** Four significant digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
