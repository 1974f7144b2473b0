/**
 * One batch of decisions: reads once, asks the objects, writes once. The first answer of an entry wins. The caller learns
 * the fate of each entry.
 */
import { CodedError } from "../core/error-codes.ts";
import { decidedResult, figuresOf } from "../core/tasks/decided.ts";
import { objectFault } from "../core/tasks/object-fault.ts";
import { type DecisionContext, type EntryContext, readDecisionContext } from "../db/statements/decisions/context.ts";
import type { AnswerRow } from "../db/statements/decisions/write.ts";
import { atOnce, type OneAtATime } from "../engine/one-at-a-time.ts";
import { describeError } from "../log.ts";
import { askAgent } from "./ask-agent.ts";
import { checkChoice, hashDetails, orderRows, type ParsedChoice, parseChoice, rulesOf } from "./choice.ts";
import type { Fate } from "./fate.ts";
import type { MarketView } from "./market-view.ts";
import type { DecisionReply, RoundPorts } from "./ports.ts";
import { marketAt, marketText, requestOf } from "./request.ts";
import { storeAnswers } from "./store-answers.ts";
import { endUnusable } from "./unusable.ts";
import { UnusableMarket } from "./unusable-market.ts";

export interface DecidedBatch {
  readonly roundId: string | null;
  /** The tournament isn't live: its entries' loops have nothing to do. */
  readonly resting: boolean;
  readonly fates: Map<string, Fate>;
  /** What it read, before it stored anything; null where the tournament is gone. */
  readonly context: DecisionContext | null;
}

interface DecideOptions {
  readonly recoverFromCrash?: boolean;
  readonly turn?: OneAtATime;
  /** Entries that only a message which was sent again asks for. */
  readonly again?: ReadonlySet<string>;
}

/**
 * Decides for these entries in the tournament's open round. Throws on faults of the database; one object that can't be
 * reached holds no other entry of its batch back.
 */
export async function decideBatch(
  ports: RoundPorts,
  tournamentId: string,
  entryIds: readonly string[],
  options: DecideOptions = {},
): Promise<DecidedBatch> {
  const startedAt = ports.now();
  const fates = new Map<string, Fate>(entryIds.map((id) => [id, { kind: "absent" }]));
  const ask = () => askBatch(ports, tournamentId, entryIds, options.recoverFromCrash ?? true, fates);
  const { context, roundId, resting, answers, objectMs } = await (options.turn ?? atOnce)(ask);
  if (roundId === null || answers === null) return { roundId, resting, fates, context };
  const wroteAt = ports.now();
  const { again } = options;
  const marked = again?.size
    ? answers.map((row) => ({ ...row, sent_again: again.has(row.entry_id) || null }))
    : answers;
  await storeAnswers(ports, roundId, marked, fates);
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
  return { roundId, resting: false, fates, context };
}

interface Asked {
  readonly context: DecisionContext | null;
  readonly roundId: string | null;
  readonly resting: boolean;
  /** Null: nobody was asked. */
  readonly answers: readonly AnswerRow[] | null;
  readonly objectMs: number;
}

/** Reads once and asks the objects. Entries without an answer to store get their fate here. */
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
    return { context, roundId: null, resting: context?.status !== "live", answers: null, objectMs: 0 };
  }
  const { round_id: roundId, number } = context;
  const owing: EntryContext[] = [];
  for (const entry of context.entries) {
    if (entry.decided !== null) fates.set(entry.id, { kind: "exists" });
    else if (entry.kind !== "house" || entry.thinking_seconds !== null) fates.set(entry.id, { kind: "outside" });
    else owing.push(entry);
  }
  if (owing.length === 0) return { context, roundId, resting: false, answers: null, objectMs: 0 };

  const market = await marketAt(ports, context, context.due_ms).catch(async (error: unknown) => {
    // A live round's deadline closes it; a replay would ask about this market for ever.
    if (error instanceof UnusableMarket && (await endUnusable(ports, tournamentId, number, error))) return null;
    throw error;
  });
  if (!market) {
    for (const { id } of owing) fates.set(id, { kind: "late" });
    return { context, roundId: null, resting: false, answers: null, objectMs: 0 };
  }
  const shared = marketText(context, market);
  const askedAt = ports.now();
  const answers = await Promise.all(
    owing.map(async (entry) => {
      const asked = ports.now();
      const request = requestOf(context, entry, shared, number, recoverFromCrash);
      const reply = await askAgent(ports, request).catch((error: unknown) => {
        ports.log({ event: "fault", where: "decide.object", ...describeError(error) });
        return unanswered(error);
      });
      if (reply.kind === "unreached") {
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
  const rows = answers.filter((row) => row !== null);
  return { context, roundId, resting: false, answers: rows, objectMs: ports.now() - askedAt };
}

/** An error of the object's own code would come again for ever and hold a replay's round open, so it spends an attempt. */
function unanswered(error: unknown): Extract<Fate, { kind: "unreached" | "failed" }> {
  return objectFault(error) === "bug"
    ? { kind: "failed", code: "agent.failed", message: "The code of the agent's object failed; the log says how." }
    : { kind: "unreached", error };
}

/** An agent's reply as the row to store, or why there is none. */
export async function answerRow(
  ports: Pick<RoundPorts, "newId">,
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
    return { row: await decisionRow(ports, context, entry, choice, orderRows(checked), reply.recovered, runMs) };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { fate: { kind: "failed", code: error.code, message: error.detail } };
  }
}

/** The row to store of a decision whose orders were checked. */
export async function decisionRow(
  ports: Pick<RoundPorts, "newId">,
  context: DecisionContext,
  entry: EntryContext,
  choice: ParsedChoice,
  orders: AnswerRow["orders"],
  recovered: boolean,
  runMs: number,
): Promise<AnswerRow> {
  const outcome = orders.length > 0 ? "made" : "held";
  const figures = figuresOf(entry, recovered);
  return {
    entry_id: entry.id,
    version: entry.version,
    outcome,
    details_hash: await hashDetails(choice, orders),
    reasoning: choice.reasoning,
    confidence: choice.confidence,
    orders,
    memory: choice.memory,
    ...(choice.mind ? { mind: choice.mind } : {}),
    task_id: ports.newId(),
    figures,
    result: () =>
      decidedResult(
        { ...entry, outcome, round: context.number, orders, reasoning: choice.reasoning },
        context,
        figures,
      ),
    run_ms: runMs,
  };
}
