/** Every broken twin: see twin.ts. */
import type { Twin } from "./twin.ts";
import { twinsOfRounds } from "./twins-rounds.ts";
import { twinsOfTasks } from "./twins-tasks.ts";

export const twins: readonly Twin[] = [...twinsOfRounds, ...twinsOfTasks];
