/**
 * One batch of decisions: read once, ask the objects, write once. Whoever comes first wins; the caller learns for each
 * entry what became of it.
 */
import { CodedError } from "../core/error-codes.ts";
import { databaseFault } from "../db/errors.ts";
import { type DecisionContext, type EntryContext, readDecisionContext } from "../db/statements/decision-context.ts";
import { countPrevented } from "../db/statements/decision-prevented.ts";
import { type AnswerRow, writeDecisions } from "../db/statements/decision-write.ts";
import { describeError } from "../log.ts";
import { askAgent } from "./ask-agent.ts";
import { checkChoice, hashDetails, orderRows, parseChoice, resultOrders, rulesOf } from "./choice.ts";
import type { MarketView } from "./market-view.ts";
import { performanceOf } from "./performance.ts";
import type { DecisionReply, RoundPorts } from "./ports.ts";
import { marketAt, requestOf } from "./request.ts";
import { atOnce, type Turn } from "./turns.ts";

export { marketAt, requestOf } from "./request.ts";

export type Fate =
  /** Stored by this call. */
  | { readonly kind: "accepted" }
  /** Stored before. */
  | { readonly kind: "exists" }
  /** No round is open, or it closed meanwhile. */
  | { readonly kind: "late" }
  /** The entry changed meanwhile: to be sent again, spending no attempt. */
  | { readonly kind: "stale" }
  /** An outside agent: its answer is a task's. */
  | { readonly kind: "outside" }
  /** Not in this round: withdrawn, joined later, or of another tournament. */
  | { readonly kind: "absent" }
  /** Its object could not be asked: the platform's fault. It stays owed, spending no attempt. */
  | { readonly kind: "unreached"; readonly error: unknown }
  /** The agent's own fault: an attempt is spent. */
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

export interface DecidedBatch {
  readonly roundId: string | null;
  /** The tournament isn't live: its entries' loops have nothing to wake for. */
  readonly resting: boolean;
  readonly fates: Map<string, Fate>;
}

/**
 * Decides for these entries in the tournament's open round. Throws on faults of the database; one object that can't be
 * reached holds no other entry of its batch back.
 */
export async function decideBatch(
  ports: RoundPorts,
  tournamentId: string,
  entryIds: readonly string[],
  options: { readonly recoverFromCrash?: boolean; readonly turn?: Turn } = {},
): Promise<DecidedBatch> {
  const startedAt = ports.now();
  const fates = new Map<string, Fate>(entryIds.map((id) => [id, { kind: "absent" }]));
  const ask = () => askBatch(ports, tournamentId, entryIds, options.recoverFromCrash ?? true, fates);
  const { roundId, resting, answers, objectMs } = await (options.turn ?? atOnce)(ask);
  if (roundId === null || answers === null) return { roundId, resting, fates };
  const wroteAt = ports.now();
  await storeAnswers(ports, roundId, answers, fates);
  const count = (kind: Fate["kind"]) => [...fates.values()].filter((fate) => fate.kind === kind).length;
  ports.log({
    event: "decide",
    round_id: roundId,
    entries: entryIds.length,
    accepted: count("accepted"),
    exists: count("exists"),
    late: count("late"),
    stale: count("stale"),
    pending: count("outside"),
    failed: count("failed"),
    ms: ports.now() - startedAt,
    object_ms: objectMs,
    write_ms: ports.now() - wroteAt,
  });
  return { roundId, resting: false, fates };
}

interface Asked {
  readonly roundId: string | null;
  readonly resting: boolean;
  /** Null: nobody was asked. */
  readonly answers: readonly AnswerRow[] | null;
  readonly objectMs: number;
}

/** Reads once and asks the objects; who has no answer to store has its fate. */
async function askBatch(
  ports: RoundPorts,
  tournamentId: string,
  entryIds: readonly string[],
  recoverFromCrash: boolean,
  fates: Map<string, Fate>,
): Promise<Asked> {
  const context = await readDecisionContext(ports.query, tournamentId, entryIds);
  if (!context || context.round_id === null || context.number === null || context.due_ms === null) {
    for (const id of entryIds) fates.set(id, { kind: "late" });
    return { roundId: null, resting: context?.status !== "live", answers: null, objectMs: 0 };
  }
  const { round_id: roundId, number } = context;
  const owing: EntryContext[] = [];
  for (const entry of context.entries) {
    if (entry.decided !== null) fates.set(entry.id, { kind: "exists" });
    else if (entry.thinking_seconds !== null) fates.set(entry.id, { kind: "outside" });
    else owing.push(entry);
  }
  if (owing.length === 0) return { roundId, resting: false, answers: null, objectMs: 0 };

  const market = await marketAt(ports, context, context.due_ms);
  const askedAt = ports.now();
  const answers = await Promise.all(
    owing.map(async (entry) => {
      const asked = ports.now();
      const request = requestOf(context, entry, market, number, recoverFromCrash);
      const reply = await askAgent(ports, request).catch((error: unknown) => ({ kind: "unreached" as const, error }));
      if (reply.kind === "unreached") {
        ports.log({ event: "fault", where: "decide.object", ...describeError(reply.error) });
        fates.set(entry.id, reply);
        return null;
      }
      const answer = await answerRow(ports, context, entry, market, reply, ports.now() - asked);
      if ("fate" in answer) {
        fates.set(entry.id, answer.fate);
        return null;
      }
      return answer.row;
    }),
  );
  return { roundId, resting: false, answers: answers.filter((row) => row !== null), objectMs: ports.now() - askedAt };
}

/** An agent's reply as the row to store, or why there is none. */
export async function answerRow(
  ports: RoundPorts,
  context: DecisionContext,
  entry: EntryContext,
  market: MarketView,
  reply: DecisionReply,
  runMs: number,
): Promise<{ readonly row: AnswerRow } | { readonly fate: Fate }> {
  if (reply.kind === "needs_recovery") {
    return { fate: { kind: "failed", code: "agent.needs_recovery", message: "The object is new or behind." } };
  }
  if (reply.kind === "failed") return { fate: reply };
  try {
    const choice = parseChoice(reply.choice);
    const checked = checkChoice(context, entry, choice, market.prices, rulesOf(context));
    const orders = orderRows(checked);
    const outcome = checked.length > 0 ? "made" : "held";
    return {
      row: {
        entry_id: entry.id,
        version: entry.version,
        outcome,
        details_hash: await hashDetails(choice, orders),
        reasoning: choice.reasoning,
        confidence: choice.confidence,
        orders,
        memory: choice.memory,
        task_id: ports.newId(),
        args: { tournament_id: context.tournament_id, agent_id: entry.agent_id, recover_from_crash: true },
        result: {
          outcome,
          round: context.number,
          ...resultOrders(checked),
          reasoning: choice.reasoning,
          recovered: reply.recovered,
          performance: performanceOf(entry, context.starting_cash, context.interval_seconds),
        },
        run_ms: runMs,
      },
    };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { fate: { kind: "failed", code: error.code, message: error.detail } };
  }
}

/** Writes the answers and says what became of each; a bad row is found by halving and fails alone. */
export async function storeAnswers(
  ports: RoundPorts,
  roundId: string,
  answers: readonly AnswerRow[],
  fates: Map<string, Fate>,
): Promise<void> {
  if (answers.length === 0) return;
  const sorted = [...answers].sort((a, b) => (a.entry_id < b.entry_id ? -1 : 1));
  try {
    const written = await writeDecisions(ports.query, roundId, sorted, ports.by, ports.correlationId);
    for (const task of written.requested) {
      ports.log({ event: "task", name: "run_agent_decision", ...task, outcome: "SUCCESS", run_ms: 0 });
    }
    const fresh = new Set(written.fresh);
    const decided = new Set(written.decided);
    const second: AnswerRow[] = [];
    for (const answer of sorted) {
      const id = answer.entry_id;
      if (decided.has(id)) fates.set(id, { kind: "accepted" });
      else {
        fates.set(id, written.open ? { kind: fresh.has(id) ? "exists" : "stale" } : { kind: "late" });
        second.push(answer);
      }
    }
    await countPrevented(ports.query, roundId, second);
  } catch (error) {
    if (databaseFault(error) !== "bad_row") throw error;
    if (sorted.length > 1) {
      const half = sorted.length >>> 1;
      await storeAnswers(ports, roundId, sorted.slice(0, half), fates);
      await storeAnswers(ports, roundId, sorted.slice(half), fates);
      return;
    }
    const [only] = sorted;
    ports.log({ event: "fault", where: "decide.bad_row", ...describeError(error) });
    if (only)
      fates.set(only.entry_id, {
        kind: "failed",
        code: "internal.bad_row",
        message: "Its decision could not be stored.",
      });
  }
}
