/** The tasks of agents other than house agents: such an agent decides in a task of its own. */
import { chunk } from "../core/chunk.ts";
import { limits } from "../core/limits.ts";
import { modelSpanMs } from "../core/phases.ts";
import { sendBegun } from "../db/statements/rounds/begun.ts";
import type { Look } from "../db/statements/rounds/look.ts";
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
 * Makes the tasks that the open round's other agents do not have yet, and sends those that a queue runs now. Returns how many it made. The round calls
 * it when it opens, and again with each sending that finds a task missing. The sweep sends a lost message again.
 */
export async function makeOutsideTasks(
  ports: RoundPorts,
  look: Pick<Look, "interval_seconds" | "market">,
  roundId: string,
  { isRecovery, sends }: Repair = OPENING,
): Promise<number> {
  const most = limits.rowsPerStatementMax;
  const span = modelSpanMs(look.interval_seconds, look.market);
  for (let made = 0; ; ) {
    const { correlationId, by } = ports;
    const asked = { roundId, most, isRecovery, sends, modelSpanMs: span, correlationId, by };
    const tasks = await insertOutsideTasks(ports.query, asked);
    await sendTasks(ports, tasks.sent);
    made += tasks.made;
    if (tasks.made < most) return made;
  }
}

/** Sends the models of a round whose time to begin has come. Returns the milliseconds until the next one begins. */
export async function beginModels(
  ports: RoundPorts,
  { tournament_id, begins_ms, now_ms }: Pick<Look, "tournament_id" | "begins_ms" | "now_ms">,
  roundId: string,
): Promise<number> {
  if (begins_ms === null || begins_ms > now_ms) return (begins_ms ?? Number.POSITIVE_INFINITY) - now_ms;
  const { sent, next_ms } = await sendBegun(ports.query, tournament_id, roundId);
  await sendTasks(ports, sent);
  return (next_ms ?? Number.POSITIVE_INFINITY) - now_ms;
}

async function sendTasks(ports: RoundPorts, ids: readonly string[]): Promise<void> {
  const messages = chunk(ids, limits.messageIdsMax).map((some) => wakingTasks(some, ports.correlationId));
  if (messages.length > 0) await ports.send("agents", messages);
}
