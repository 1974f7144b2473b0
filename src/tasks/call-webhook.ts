/** The decision of an agent of the kind webhook: its entry's object calls the endpoint, under this task's token. */
import { decisionRetryDelayMs, outsideLeaseMs } from "../core/phases.ts";
import type { FoundEntry } from "../db/statements/entries/find.ts";
import { readCallTime } from "../db/statements/rounds/call-time.ts";
import { heartbeat } from "../db/statements/tasks/heartbeat.ts";
import type { Attempt, Outcome } from "../engine/task.ts";
import type { RoundPorts } from "../rounds/ports.ts";

/** One call takes at most this long, and at most a third of the round's time. */
const PATIENCE_MS = 20_000;

export async function callWebhook(
  ports: RoundPorts,
  input: { readonly tournament_id: string; readonly agent_id: string },
  attempt: Attempt,
  entry: FoundEntry,
  roundId: string,
): Promise<Outcome<never>> {
  const time = await readCallTime(ports.query, roundId);
  if (!time)
    return { kind: "failure", code: "round.late", message: "The round had closed before the agent was asked." };
  const leaseSeconds = outsideLeaseMs(time.interval_seconds) / 1000;
  if ((await heartbeat(ports.query, attempt.taskId, attempt.token, leaseSeconds, null)) !== "goes_on") {
    return { kind: "cancel", reason: "cancelled before the agent was asked" };
  }
  await ports.agent(entry.id).call({
    tournamentId: input.tournament_id,
    agentId: input.agent_id,
    entryId: entry.id,
    roundId,
    round: time.number,
    isReplay: time.market === "replay",
    taskId: attempt.taskId,
    token: attempt.token,
    leaseSeconds,
    patienceMs: Math.floor(Math.min(PATIENCE_MS, time.window_ms / 3)),
    retryMs: decisionRetryDelayMs(time.interval_seconds, 1),
    leftMs: time.left_ms,
    ...(ports.correlationId ? { correlationId: ports.correlationId } : {}),
  });
  return { kind: "handed_over" };
}
