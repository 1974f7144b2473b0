/** Does the same work for each item. A failure does not stop the others. */
import { describeError, type Log } from "../log.ts";

/** Logs each failure and returns how many there were. Throws the first error if all items failed. */
export async function forEachItem<T>(
  ports: { readonly log: Log },
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<number> {
  const errors: unknown[] = [];
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      errors.push(error);
      ports.log({ event: "fault", where: "task.each", ...describeError(error) });
    }
  }
  if (errors.length > 0 && errors.length === items.length) throw errors[0];
  return errors.length;
}
