/** Runs work side by side: as many at once as there are lanes, in the order given. */

/** Resolves when all have ended. Nothing more is started after `signal` is aborted. `run` never rejects. */
export async function sideBySide<T>(
  all: readonly T[],
  lanes: number,
  signal: AbortSignal,
  run: (one: T) => Promise<void>,
): Promise<void> {
  const waiting = [...all];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (signal.aborted) return;
      await run(next);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, lanes) }, lane));
}
