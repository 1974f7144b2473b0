/** Where the pills at the ends of the lines stand: as near to their line as they can without covering each other. Pure. */
export interface Pill {
  readonly key: string;
  /** Where its line ends, px from the top. */
  readonly y: number;
  /** Stays when there is no room for all. */
  readonly weight: number;
}

export interface Placed extends Pill {
  readonly top: number;
}

/** Tops in px; those that don't fit are left out, lightest first. */
export function placePills(pills: readonly Pill[], height: number, size: number): Placed[] {
  const room = Math.max(1, Math.floor(height / size));
  const kept = pills.length <= room ? [...pills] : [...pills].sort((a, b) => b.weight - a.weight).slice(0, room);
  kept.sort((a, b) => a.y - b.y);
  // Groups of touching pills, each centred on where its lines end; two groups that meet become one.
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
