/**
 * One agent's decision, by hand or as the retry of one that failed. In an open round it is that round's decision, or
 * returns the stored one; between rounds it is a rehearsal on the latest closed candles, which places nothing.
 */
import { z } from "zod";
import { decisionRetryDelayMs, outsideLeaseMs, roundDueAt, roundNumberAt } from "../core/phases.ts";
import { decisionRetry } from "../core/retry.ts";
import { type DecisionContext, readDecisionContext } from "../db/statements/decision-context.ts";
import { readStoredDecision } from "../db/statements/decision-stored.ts";
import { findEntry } from "../db/statements/entry-find.ts";
import { lookAtTournament } from "../db/statements/round-look.ts";
import { heartbeat } from "../db/statements/task-heartbeat.ts";
import { askAgent } from "../rounds/ask-agent.ts";
import { answerRow, decideBatch, marketAt, requestOf } from "../rounds/decide.ts";
import { performanceOf } from "../rounds/performance.ts";
import type { RoundPorts } from "../rounds/ports.ts";
import { type DecisionResult, decisionResult } from "./decision-result.ts";
import { type Attempt, defineTask, type Outcome } from "./define.ts";
import { entryFailure, entrySubject } from "./entry-task.ts";

const args = z
  .object({
    tournament_id: z.uuid(),
    agent_id: z.uuid(),
    /** False: an object that is new or behind must not restore itself; the task then fails with agent.needs_recovery. */
    recover_from_crash: z.boolean().default(true),
  })
  .strict();
type Args = z.infer<typeof args>;

export function decisionKey(roundId: string, entryId: string): string {
  return `decide:${roundId}:${entryId}`;
}

export const runAgentDecision = defineTask({
  name: "run_agent_decision",
  description: "Runs a single agent's decision: the open round's, or between rounds a rehearsal.",
  returns:
    "`outcome` (`made`, `held`, `rehearsal` or `exists`), `round`, `orders`, `refused` (`order`, `code`), `reasoning`, `recovered`, `performance` (`equity`, `return`, `rank`, `max_drawdown`, `sharpe`, `trades`, `win_rate`, `fees`, `since`).",
  keyInWords: "The open round and the entry, unless `recover_from_crash` is false; between rounds none.",
  queue: "agents",
  args,
  result: decisionResult,
  retry: decisionRetry,
  softLimitSeconds: 300,
  hardLimitSeconds: 600,
  subject: entrySubject,
  /** Without recovery it is a question of its own: its failure must not count as the round's spent attempts. */
  async key({ tournament_id, agent_id, recover_from_crash }, query) {
    if (!recover_from_crash) return null;
    const entry = await findEntry(query, tournament_id, agent_id);
    return entry?.open_round_id ? decisionKey(entry.open_round_id, entry.id) : null;
  },
  async run(input, ports, attempt): Promise<Outcome<DecisionResult>> {
    const entry = await findEntry(ports.query, input.tournament_id, input.agent_id);
    if (entry?.status !== "active") return entryFailure(entry);
    // Run again after its round has closed, it never decides in a later one.
    if (attempt.key !== null && (!entry.open_round_id || attempt.key !== decisionKey(entry.open_round_id, entry.id))) {
      return ofClosedRound(ports, input, attempt.key, entry.id);
    }
    const batch = await decideBatch(ports, input.tournament_id, [entry.id], {
      recoverFromCrash: input.recover_from_crash,
    });
    const fate = batch.fates.get(entry.id) ?? { kind: "absent" };
    const context = await readDecisionContext(ports.query, input.tournament_id, [entry.id]);
    if (!context) return { kind: "failure", code: "tournament.not_found", message: "The tournament is gone." };
    switch (fate.kind) {
      case "accepted":
      case "exists":
        if (batch.roundId === null) throw new Error("a decision without a round");
        await ports.wakeArena(input.tournament_id);
        return storedResult(ports, context, batch.roundId, entry.id, fate.kind === "exists");
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
          return { kind: "failure", code: "round.late", message: "The round had closed before the decision came." };
        return rehearse(ports, input, entry.id);
      default: {
        const never: never = fate;
        throw new Error(`a fate that nobody knows: ${JSON.stringify(never)}`);
      }
    }
  },
});

/** What was decided in its round stands; what was not can't be any more. */
async function ofClosedRound(
  ports: RoundPorts,
  input: Args,
  key: string,
  entryId: string,
): Promise<Outcome<DecisionResult>> {
  const [roundId] = /[0-9a-f-]{36}/.exec(key) ?? [];
  const context = await readDecisionContext(ports.query, input.tournament_id, [entryId]);
  if (roundId && context && (await readStoredDecision(ports.query, roundId, entryId))) {
    return storedResult(ports, context, roundId, entryId, true);
  }
  return { kind: "failure", code: "round.late", message: "The round had closed before the decision came." };
}

async function storedResult(
  ports: RoundPorts,
  context: DecisionContext,
  roundId: string,
  entryId: string,
  existed: boolean,
): Promise<Outcome<DecisionResult>> {
  const stored = await readStoredDecision(ports.query, roundId, entryId);
  const entry = context.entries.find((e) => e.id === entryId);
  if (!stored) throw new Error(`the decision of ${entryId} in ${roundId} is not stored`);
  const plain = ({ side, symbol, amount }: (typeof stored.orders)[number]) => ({ side, symbol, amount });
  return {
    kind: "success",
    result: {
      outcome: existed ? "exists" : stored.outcome,
      round: stored.round,
      orders: stored.orders.filter((o) => o.state !== "refused").map(plain),
      refused: stored.orders.filter((o) => o.state === "refused").map((o) => ({ order: plain(o), code: o.code })),
      reasoning: stored.reasoning ?? "",
      recovered: false,
      performance: entry ? performanceOf(entry, context.starting_cash, context.interval_seconds) : null,
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
    entry.thinking_seconds === null
  ) {
    return { kind: "failure", code: "round.late", message: "The round had closed before the agent was asked." };
  }
  const market = await marketAt(ports, context, context.due_ms);
  const leaseSeconds = outsideLeaseMs(context.interval_seconds) / 1000;
  if ((await heartbeat(ports.query, attempt.taskId, attempt.token, leaseSeconds, null)) !== "goes_on") {
    return { kind: "cancel", reason: "cancelled before the agent was asked" };
  }
  const reply = await ports.agent(entryId).think({
    ...requestOf(context, entry, market, context.number, input.recover_from_crash),
    roundId: context.round_id,
    taskId: attempt.taskId,
    token: attempt.token,
    thinkingSeconds: entry.thinking_seconds,
    leaseSeconds,
    ...(ports.correlationId ? { correlationId: ports.correlationId } : {}),
  });
  if (reply.kind === "thinking") return { kind: "handed_over" };
  if (reply.kind === "needs_recovery") {
    return { kind: "failure", code: "agent.needs_recovery", message: "Run it with recover_from_crash=true." };
  }
  return {
    kind: "retry",
    code: reply.code,
    message: reply.message,
    afterMs: decisionRetryDelayMs(context.interval_seconds, attempt.attempt),
  };
}

/** The same question and checks on the latest closed candles; nothing is placed or stored. */
async function rehearse(ports: RoundPorts, input: Args, entryId: string): Promise<Outcome<DecisionResult>> {
  const look = await lookAtTournament(ports.query, input.tournament_id);
  const context = await readDecisionContext(ports.query, input.tournament_id, [entryId]);
  const entry = context?.entries[0];
  if (!look || !context || !entry)
    return { kind: "failure", code: "entry.not_found", message: "The entry takes no part." };
  const current = roundNumberAt(look.starts_ms, look.interval_seconds, look.now_ms);
  const dueMs =
    look.market === "replay"
      ? (look.due_ms ?? look.starts_ms)
      : roundDueAt(look.starts_ms, look.interval_seconds, current);
  if (dueMs < look.starts_ms) {
    return {
      kind: "failure",
      code: "tournament.wrong_state",
      message: "The tournament has not started: there are no candles to rehearse on yet.",
    };
  }
  const published = await ports.markets[look.source_kind].publish(
    ports.query,
    look.candle_source_id,
    dueMs - look.source_interval_seconds * 1000,
  );
  if (published !== "ready")
    return {
      kind: "retry",
      code: "tournament.no_candles",
      message: "The market has not published its candles.",
      afterMs: 2000,
    };
  const market = await marketAt(ports, context, dueMs);
  const request = {
    ...requestOf(context, entry, market, (look.number ?? -1) + 1, input.recover_from_crash),
    roundId: null,
  };
  const reply = await askAgent(ports, request);
  const answer = await answerRow(ports, context, entry, market, reply, 0);
  if ("row" in answer) {
    return {
      kind: "success",
      result: decisionResult.parse({ ...answer.row.result, outcome: "rehearsal", round: null }),
    };
  }
  const { fate } = answer;
  if (fate.kind !== "failed") throw new Error("a rehearsal without an answer");
  return fate.code === "agent.needs_recovery"
    ? { kind: "failure", code: fate.code, message: `${fate.message} Run it with recover_from_crash=true.` }
    : { kind: "retry", code: fate.code, message: fate.message };
}
