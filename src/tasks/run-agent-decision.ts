/**
 * One agent's decision, by hand or as the retry of one that failed. In an open round it is that round's decision, or
 * returns the stored one; between rounds, and before the first, it is a rehearsal on the latest closed candles, which places nothing.
 */
import { z } from "zod";
import { lateDecision } from "../core/late-decision.ts";
import { performanceOf } from "../core/performance.ts";
import { decisionRetryDelayMs, outsideLeaseMs } from "../core/phases.ts";
import { shownOrders } from "../core/tasks/decided.ts";
import { decisionRetry } from "../core/tasks/retry.ts";
import { type DecisionContext, readDecisionContext } from "../db/statements/decisions/context.ts";
import { readStoredDecision } from "../db/statements/decisions/stored.ts";
import { type FoundEntry, findEntry } from "../db/statements/entries/find.ts";
import { heartbeat } from "../db/statements/tasks/heartbeat.ts";
import type { Attempt, Outcome } from "../engine/task.ts";
import { decideBatch } from "../rounds/decide.ts";
import { decisionKey } from "../rounds/decision-key.ts";
import type { RoundPorts } from "../rounds/ports.ts";
import { marketAt, marketText, requestOf } from "../rounds/request.ts";
import { askModel, handedOver } from "./ask-model.ts";
import { callWebhook } from "./call-webhook.ts";
import { type DecisionResult, decisionResult } from "./decision-result.ts";
import { defineTask } from "./define.ts";
import { entryFailure, subjectOf } from "./entry-task.ts";
import { rehearse } from "./rehearse.ts";

const args = z
  .object({
    tournament_id: z.uuid(),
    agent_id: z.uuid(),
    /** False: an object that is new or behind must not restore itself; the task then fails with agent.needs_recovery. */
    recover_from_crash: z.boolean().default(true),
  })
  .strict();
type Args = z.infer<typeof args>;

export const runAgentDecision = defineTask({
  name: "run_agent_decision",
  description: "Runs a single agent's decision: the open round's, or between rounds a rehearsal.",
  returns:
    "`outcome` (`made`, `held`, `rehearsal` or `exists`), `round`, `orders`, `refused` (the first 50: `order`, `code`), `refused_count`, `reasoning`, `recovered`, `performance` (`equity`, `return`, `rank`, `max_drawdown`, `sharpe`, `trades`, `win_rate`, `fees`, `since`).",
  keyInWords: "the open round and the entry; none between rounds, and none when `recover_from_crash` is false.",
  queue: "agents",
  args,
  result: decisionResult,
  retry: decisionRetry,
  softLimitSeconds: 300,
  hardLimitSeconds: 600,
  /** No platform fault closes a replay's round, so its decision is never lost: a FAILURE would close the round. */
  async subject(input, query) {
    const entry = await findEntry(query, input.tournament_id, input.agent_id);
    const isOfRound = entry !== null && entry.open_round_id !== null && input.recover_from_crash;
    return { ...subjectOf(input, entry), survivesLostLeases: isOfRound && entry.market === "replay" };
  },
  /** A run without recovery has no key, so that its failure does not count among the attempts of the round. */
  async key({ tournament_id, agent_id, recover_from_crash }, query) {
    if (!recover_from_crash) return null;
    const entry = await findEntry(query, tournament_id, agent_id);
    return entry?.open_round_id ? decisionKey(entry.open_round_id, entry.id) : null;
  },
  async run(input, ports, attempt): Promise<Outcome<DecisionResult>> {
    const entry = await findEntry(ports.query, input.tournament_id, input.agent_id);
    if (entry?.status !== "active") return entryFailure(entry);
    if (entry.kind === "outside" || entry.kind === "webhook") return ofOutsideAgent(ports, input, attempt, entry);
    // A task that runs again after its round has closed never decides in a later round.
    if (attempt.key !== null && (!entry.open_round_id || attempt.key !== decisionKey(entry.open_round_id, entry.id))) {
      return ofClosedRound(ports, input, attempt.key, entry);
    }
    const { open_round_id: id, open_round: number } = entry;
    if (entry.kind === "llm" && attempt.key !== null && id !== null && number !== null && !entry.has_decided) {
      return askModel(ports, input, attempt, entry, { id, number });
    }
    const batch = await decideBatch(ports, input.tournament_id, [entry.id], {
      recoverFromCrash: input.recover_from_crash,
    });
    const fate = batch.fates.get(entry.id) ?? { kind: "absent" };
    const { context } = batch;
    if (!context) return { kind: "failure", code: "tournament.not_found", message: "The tournament is gone." };
    switch (fate.kind) {
      case "accepted":
        await ports.wakeArena(input.tournament_id, ports.correlationId);
        // The statement that stored the decision has finished the task that holds its key, with the same result.
        if (fate.finishedTask === attempt.taskId) return { kind: "ended" };
        return { kind: "success", result: decisionResult.parse(fate.result()) };
      case "exists":
        if (batch.roundId === null) throw new Error("a decision without a round");
        await ports.wakeArena(input.tournament_id, ports.correlationId);
        return storedResult(ports, context, batch.roundId, entry.id);
      case "outside":
        return think(ports, input, context, entry.id, attempt);
      case "stale":
        return { kind: "snooze", afterMs: 0, reason: "the entry changed meanwhile" };
      case "failed":
        return fate.code === "agent.needs_recovery"
          ? { kind: "failure", code: fate.code, message: `${fate.message} Run it with recover_from_crash=true.` }
          : {
              kind: "retry",
              code: fate.code,
              message: fate.message,
              afterMs: decisionRetryDelayMs(context.interval_seconds, attempt.attempt),
            };
      case "unreached":
        throw fate.error;
      case "late":
      case "absent":
        // The decision that this task stands for can't be made any more: its round has closed.
        if (attempt.key !== null)
          return { kind: "failure", ...lateDecision(entry.thinking_seconds, context.interval_seconds) };
        return rehearse(ports, input.tournament_id, entry.id, input.recover_from_crash);
      default: {
        const never: never = fate;
        throw new Error(`a fate that nobody knows: ${JSON.stringify(never)}`);
      }
    }
  },
});

/** A webhook is called. Nobody asks another agent from outside: its task waits for it, also when an operator ran it. */
async function ofOutsideAgent(
  ports: RoundPorts,
  input: Args,
  attempt: Attempt,
  entry: FoundEntry,
): Promise<Outcome<DecisionResult>> {
  const { key } = attempt;
  const roundId = entry.open_round_id;
  if (key !== null && roundId !== null && key === decisionKey(roundId, entry.id)) {
    if (entry.kind === "webhook") return callWebhook(ports, input, attempt, entry, roundId);
    return { kind: "snooze", afterMs: OUTSIDE_WAIT_MS, reason: "waits for its agent" };
  }
  if (key !== null) return ofClosedRound(ports, input, key, entry);
  return { kind: "failure", code: "agent.wrong_kind", message: "The agent is not ours: it decides in rounds alone." };
}

/** Its round's close ends the task, long before. */
const OUTSIDE_WAIT_MS = 3_600_000;

/** Its round has closed: a stored decision is the result, and a missing one can't be made any more. */
async function ofClosedRound(
  ports: RoundPorts,
  input: Args,
  key: string,
  entry: FoundEntry,
): Promise<Outcome<DecisionResult>> {
  const [roundId] = /[0-9a-f-]{36}/.exec(key) ?? [];
  const context = await readDecisionContext(ports.query, input.tournament_id, [entry.id]);
  if (roundId && context && (await readStoredDecision(ports.query, roundId, entry.id))) {
    return storedResult(ports, context, roundId, entry.id);
  }
  return { kind: "failure", ...lateDecision(entry.thinking_seconds, context?.interval_seconds ?? 0) };
}

/** The result of a run that came second: what was decided before it. */
async function storedResult(
  ports: RoundPorts,
  context: DecisionContext,
  roundId: string,
  entryId: string,
): Promise<Outcome<DecisionResult>> {
  const stored = await readStoredDecision(ports.query, roundId, entryId);
  const entry = context.entries.find((e) => e.id === entryId);
  if (!stored) throw new Error(`the decision of ${entryId} in ${roundId} is not stored`);
  return {
    kind: "success",
    result: {
      outcome: "exists",
      round: stored.round,
      ...shownOrders(stored.orders),
      reasoning: stored.reasoning ?? "",
      recovered: false,
      performance: entry ? performanceOf(entry, context) : null,
    },
  };
}

/** An outside agent thinks in its object, under this task's token; its answer comes as a message. */
async function think(
  ports: RoundPorts,
  input: Args,
  context: DecisionContext,
  entryId: string,
  attempt: Attempt,
): Promise<Outcome<DecisionResult>> {
  const entry = context.entries.find((e) => e.id === entryId);
  if (
    !entry ||
    context.round_id === null ||
    context.number === null ||
    context.due_ms === null ||
    (entry.thinking_seconds === null && entry.kind !== "llm")
  ) {
    return { kind: "failure", code: "round.late", message: "The round had closed before the agent was asked." };
  }
  const market = await marketAt(ports, context, context.due_ms);
  const leaseSeconds = outsideLeaseMs(context.interval_seconds) / 1000;
  if ((await heartbeat(ports.query, attempt.taskId, attempt.token, leaseSeconds, null)) !== "goes_on") {
    return { kind: "cancel", reason: "cancelled before the agent was asked" };
  }
  const reply = await ports.agent(entryId).think({
    ...requestOf(context, entry, marketText(context, market), context.number, input.recover_from_crash),
    roundId: context.round_id,
    taskId: attempt.taskId,
    token: attempt.token,
    // A model thinks as long as it takes, so nothing is waited for.
    thinkingSeconds: entry.thinking_seconds ?? 0,
    leaseSeconds,
    ...(ports.correlationId ? { correlationId: ports.correlationId } : {}),
  });
  return handedOver(reply, context.interval_seconds, attempt);
}
