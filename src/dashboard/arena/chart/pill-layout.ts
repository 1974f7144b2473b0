/** Places the pills at the ends of the lines, as near to their line as they can be without covering each other. Pure. */
export interface Pill {
  readonly key: string;
  /** Where the pill's line ends, px from the top. */
  readonly y: number;
  /** The heaviest pills stay when there is no room for all. */
  readonly weight: number;
}

export interface Placed extends Pill {
  readonly top: number;
}

/** The tops of the pills in px. Pills that don't fit are left out, lightest first. */
export function placePills(pills: readonly Pill[], height: number, size: number): Placed[] {
  const room = Math.max(1, Math.floor(height / size));
  const kept = pills.length <= room ? [...pills] : [...pills].sort((a, b) => b.weight - a.weight).slice(0, room);
  kept.sort((a, b) => a.y - b.y);
  // Each group of touching pills is centred on the ends of its lines. Two groups that meet become one.
  let groups: { pills: Pill[]; top: number }[] = [];
  for (const pill of kept) {
    groups.push({ pills: [pill], top: clamp(pill.y - size / 2, height - size) });
    for (;;) {
      const last = groups.at(-1);
      const before = groups.at(-2);
      if (!last || !before || before.top + before.pills.length * size <= last.top) break;
      const pills = [...before.pills, ...last.pills];
      const middle = pills.reduce((sum, { y }) => sum + y, 0) / pills.length;
      const top = clamp(middle - (pills.length * size) / 2, height - pills.length * size);
      groups = [...groups.slice(0, -2), { pills, top }];
    }
  }
  return groups.flatMap(({ pills, top }) => pills.map((pill, i) => ({ ...pill, top: top + i * size })));
}

function clamp(top: number, most: number): number {
  return Math.max(0, Math.min(most, top));
}
