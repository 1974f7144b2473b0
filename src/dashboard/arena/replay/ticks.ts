/** Where on a replay's slider trades were made. Pure. */
export interface Tick {
  /** From 0, the first round, to 1, the last. */
  readonly at: number;
  /** How many trades, as a share of the most at any tick. */
  readonly share: number;
}

/** `rounds`: the round of each trade. Rounds that are too near to tell apart share a tick; there are at most `most` ticks. */
export function ticksOf(rounds: readonly number[], last: number, most: number): Tick[] {
  const width = Math.max(1, Math.ceil((last + 1) / most));
  const counts = new Map<number, number>();
  for (const round of rounds) {
    const place = Math.floor(round / width) * width;
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  const highest = Math.max(1, ...counts.values());
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([place, count]) => ({ at: last === 0 ? 0 : Math.min(1, place / last), share: count / highest }));
}
