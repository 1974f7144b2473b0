/** Defines a task of the game: the engine's definition with the ports that these tasks receive. */
import type { z } from "zod";
import type { TaskDefinition } from "../engine/task.ts";
import type { RoundPorts } from "../rounds/ports.ts";

/** What tasks receive beyond what rounds do. */
export interface TaskPorts extends RoundPorts {
  /** How long finished tasks are kept, where a run isn't told otherwise. */
  readonly retention: { readonly successHours: number; readonly failureHours: number };
}

export function defineTask<const N extends string, S extends z.ZodObject, R extends z.ZodObject>(
  definition: TaskDefinition<N, S, R, TaskPorts>,
): TaskDefinition<N, S, R, TaskPorts> {
  return definition;
}
