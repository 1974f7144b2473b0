/** The tasks of agents other than house agents: such an agent decides in a task of its own. */
import { chunk } from "../core/chunk.ts";
import { limits } from "../core/limits.ts";
import { insertOutsideTasks } from "../db/statements/rounds/outside-tasks.ts";
import { wakingTasks } from "../engine/tasks-message.ts";
import type { RoundPorts } from "./ports.ts";

/** The round's sending that found tasks missing. */
interface Repair {
  readonly isRecovery: boolean;
  readonly sends: number;
}

const OPENING: Repair = { isRecovery: false, sends: 0 };

/**
 * Makes the tasks that the open round's other agents do not have yet, and sends those that a queue runs. Returns how many it made. The round calls
 * it when it opens, and again with each sending that finds a task missing. The sweep sends a lost message again.
 */
export async function makeOutsideTasks(
  ports: RoundPorts,
  roundId: string,
  { isRecovery, sends }: Repair = OPENING,
): Promise<number> {
  const most = limits.rowsPerStatementMax;
  for (let made = 0; ; ) {
    const { correlationId, by } = ports;
    const tasks = await insertOutsideTasks(ports.query, { roundId, most, isRecovery, sends, correlationId, by });
    const messages = chunk(tasks.sent, limits.messageIdsMax).map((some) => wakingTasks(some, correlationId));
    if (messages.length > 0) await ports.send("agents", messages);
    made += tasks.made;
    if (tasks.made < most) return made;
  }
}
