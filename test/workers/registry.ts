import { taskRegistry } from "../../src/tasks/registry.ts";
import { greet } from "./greet.ts";

export const tasks = {
  ...taskRegistry,
  greet,
} as const;
