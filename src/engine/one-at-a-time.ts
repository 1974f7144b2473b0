/** Runs pieces of work one after another, in the order of the calls. A failure rejects only its own call. */
export type OneAtATime = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs the work at once: the same interface without a queue. */
export const atOnce: OneAtATime = (work) => work();

export function oneAtATime(): OneAtATime {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}
