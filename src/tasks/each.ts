/** The same for each of several tournaments: one that can't go on holds no other one back. */
import { describeError } from "../log.ts";
import type { TaskPorts } from "./define.ts";

/** How many failed, each with its line in the log. Throws what the first one threw where all of them did. */
export async function each<T>(
  ports: TaskPorts,
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
