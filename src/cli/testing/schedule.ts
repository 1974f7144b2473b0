/** Runs work side by side, in the order given: as much at once as there is room for. */

/**
 * Resolves when all have ended. One piece of work always runs, however much room it needs.
 * Nothing more is started after `signal` is aborted. `run` never rejects.
 */
export async function sideBySide<T>(
  all: readonly T[],
  room: { readonly room: number; readonly needs: (one: T) => number },
  signal: AbortSignal,
  run: (one: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let free = room.room;
  for (const next of all) {
    const needed = room.needs(next);
    while (running.size > 0 && needed > free) await Promise.race(running);
    if (signal.aborted) break;
    free -= needed;
    const one = run(next).then(() => {
      free += needed;
      running.delete(one);
    });
    running.add(one);
  }
  await Promise.all(running);
}
