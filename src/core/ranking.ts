import { decimal } from "./money.ts";

export interface Standing {
  readonly name: string;
  /** Decimal text in quote currency. */
  readonly equity: string;
  readonly baseline: boolean;
}

/**
 * Sorts by equity, highest first, and gives ranks. Ties share a rank, and the next rank leaves a gap (1, 2, 2, 4). Baselines
 * stand in their place with rank null and take no rank from others. Equal equities are listed by name.
 */
export function rankByEquity<T extends Standing>(entries: readonly T[]): Array<T & { readonly rank: number | null }> {
  const sorted = entries
    .map((entry) => ({ entry, equity: decimal(entry.equity) }))
    .sort((a, b) => b.equity.cmp(a.equity) || compareText(a.entry.name, b.entry.name));
  let ranked = 0;
  let rank = 0;
  let last: (typeof sorted)[number] | undefined;
  return sorted.map((item) => {
    if (item.entry.baseline) return { ...item.entry, rank: null };
    ranked += 1;
    if (!last || !item.equity.eq(last.equity)) rank = ranked;
    last = item;
    return { ...item.entry, rank };
  });
}

/** Compares by code units, which gives the same order on every machine. A locale's order does not. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
