/**
 * The decision of an agent of the kind llm: its entry's object runs the model, under this task's token. The object reads the round
 * by itself, so nothing of it is carried here.
 */
import { decisionRetryDelayMs, outsideLeaseMs } from "../core/phases.ts";
import type { FoundEntry } from "../db/statements/entries/find.ts";
import type { Attempt, Outcome } from "../engine/task.ts";
import type { RoundPorts, ThinkingJob } from "../rounds/ports.ts";
import { sharedViews } from "../strategies/carried-view.ts";

/** What no model's object looks at. */
const NOTHING_SEEN: Omit<ThinkingJob["view"], "round"> = {
  market: sharedViews.write({ symbols: [], prices: {}, indicators: {}, min_order: "1" }),
  fills: [],
  account: { cash: "0", positions: {} },
  memory: {},
  limits: null,
  params: {},
  seed: "",
};

/** The object beats before it sends anything, so a task that was cancelled meanwhile costs nothing. */
export async function askModel(
  ports: RoundPorts,
  input: { readonly tournament_id: string; readonly recover_from_crash: boolean },
  attempt: Attempt,
  entry: FoundEntry,
  round: { readonly id: string; readonly number: number },
): Promise<Outcome<never>> {
  const reply = await ports.agent(entry.id).think({
    tournamentId: input.tournament_id,
    entryId: entry.id,
    roundId: round.id,
    strategy: entry.kind,
    version: entry.version,
    recoveries: entry.recoveries,
    recoverFromCrash: input.recover_from_crash,
    view: { ...NOTHING_SEEN, round: round.number },
    taskId: attempt.taskId,
    token: attempt.token,
    // A model thinks as long as it takes, so nothing is waited for.
    thinkingSeconds: 0,
    leaseSeconds: outsideLeaseMs(entry.interval_seconds) / 1000,
    ...(ports.correlationId ? { correlationId: ports.correlationId } : {}),
  });
  return handedOver(reply, entry.interval_seconds, attempt);
}

/** The outcome of a task whose object was asked to think. */
export function handedOver(
  reply: Awaited<ReturnType<ReturnType<RoundPorts["agent"]>["think"]>>,
  intervalSeconds: number,
  attempt: Attempt,
): Outcome<never> {
  if (reply.kind === "thinking") return { kind: "handed_over" };
  if (reply.kind === "needs_recovery") {
    return { kind: "failure", code: "agent.needs_recovery", message: "Run it with recover_from_crash=true." };
  }
  return {
    kind: "retry",
    code: reply.code,
    message: reply.message,
    afterMs: decisionRetryDelayMs(intervalSeconds, attempt.attempt),
  };
}
