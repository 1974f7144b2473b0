import { type Mending, mendingOf } from "../../core/tasks/mending.ts";
import type { ErrorGroup } from "../../db/statements/tasks/errors.ts";

/** Where the rounds of all the newest tasks are over, no retry can help: the older tasks' rounds are over as well. */
export function mendingOfGroup({ code, rounds_of }: Pick<ErrorGroup, "code" | "rounds_of">): Mending {
  const [newest = null] = rounds_of;
  const allOver = rounds_of.every((round) => round !== null && mendingOf(code, round).again === "no");
  return mendingOf(code, allOver && newest ? { ...newest, number: null } : null);
}
