/**
 * A list that grows at its top, or that sorts itself anew, would move while it is read. A calm one keeps its rows in their places,
 * with their newest contents. Pure.
 */
export interface Calm<T> {
  readonly rows: readonly T[];
  /** Rows that are not shown yet. */
  readonly newer: number;
}

/**
 * `kept`: the rows as they were shown. `rows`: as they were read now. `isWhole`: the list has no further page. What stands below the last row
 * that is known was asked for, and is added. A row that has left the list goes, unless newer ones may have pushed it off the page.
 */
export function calmRows<T>(
  kept: readonly T[],
  rows: readonly T[],
  idOf: (row: T) => string,
  isWhole: boolean,
): Calm<T> {
  const fresh = new Map(rows.map((row) => [idOf(row), row]));
  const known = new Set(kept.map(idOf));
  const lastFresh = kept.findLastIndex((row) => fresh.has(idOf(row)));
  const stay = kept.filter((row, i) => fresh.has(idOf(row)) || (!isWhole && i > lastFresh));
  // An empty list takes what comes.
  if (stay.length === 0) return { rows, newer: 0 };
  const lastKnown = rows.findLastIndex((row) => known.has(idOf(row)));
  const above = lastKnown < 0 ? rows : rows.slice(0, lastKnown);
  const below = lastKnown < 0 ? [] : rows.slice(lastKnown + 1);
  return {
    rows: [...stay.map((row) => fresh.get(idOf(row)) ?? row), ...below],
    newer: above.filter((row) => !known.has(idOf(row))).length,
  };
}
