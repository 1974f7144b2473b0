/** The task of a house agent's decision whose attempt in the batch failed. */
import { decisionRetryDelayMs } from "../../core/phases.ts";
import { readEntryTask } from "../../db/statements/entries/read-for-task.ts";
import { enqueueTask } from "../../engine/enqueue.ts";
import { decisionKey } from "../decision-key.ts";
import type { RoundPorts } from "../ports.ts";

/** The attempt in the batch was the first one; the row keeps its error and is due again by the decision's own delays. */
export async function failedDecisionTask(
  ports: RoundPorts,
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
