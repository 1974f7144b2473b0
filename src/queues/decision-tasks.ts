/** Decisions that need a task of their own: an outside agent's, and one whose first attempt failed. */
import { decisionRetryDelayMs } from "../core/phases.ts";
import { readEntryTask } from "../db/statements/entry-task-read.ts";
import type { TaskPorts } from "../tasks/define.ts";
import { decisionKey } from "../tasks/run-agent-decision.ts";
import { enqueueTask } from "./enqueue.ts";

/** An agent that calls out is asked by its task, under a lease. The key makes a repeat the same task. */
export async function outsideDecisionTask(
  ports: TaskPorts,
  tournamentId: string,
  roundId: string,
  entryId: string,
): Promise<void> {
  const entry = await readEntryTask(ports.query, entryId);
  if (!entry) return;
  await enqueueTask(
    ports,
    "run_agent_decision",
    { tournament_id: tournamentId, agent_id: entry.agent_id },
    { key: decisionKey(roundId, entryId) },
  );
}

/** The attempt in the batch was the first one; the row keeps its error and is due again by the decision's own delays. */
export async function failedDecisionTask(
  ports: TaskPorts,
  tournamentId: string,
  roundId: string,
  entryId: string,
  fault: { readonly code: string; readonly message: string },
): Promise<void> {
  const entry = await readEntryTask(ports.query, entryId);
  if (!entry) return;
  await enqueueTask(
    ports,
    "run_agent_decision",
    { tournament_id: tournamentId, agent_id: entry.agent_id },
    {
      key: decisionKey(roundId, entryId),
      countdownSeconds: decisionRetryDelayMs(entry.interval_seconds, 1) / 1000,
      failed: { code: fault.code, message: fault.message },
    },
  );
}
