/** Runs what it is given one after another, in the order in which it was given. A failure is its caller's alone. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>;

export const atOnce: Turn = (work) => work();

export function turns(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}
