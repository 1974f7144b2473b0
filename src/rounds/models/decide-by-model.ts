/**
 * The decision of an entry whose agent is a language model: reads the round, runs the loop, and answers with what is to be
 * stored. Loaded when the first such entry decides, so that a Worker without models starts no slower.
 */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { ModelDecision } from "../../api/model-decision.ts";
import { emptyMind, isEmptyMind, mindSchema } from "../../core/agents/mind.ts";
import { countsDollars, type ModelConfig, modelConfigSchema, tighterBudget } from "../../core/agents/model-config.ts";
import { type ErrorCode, errorCodes } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { isReplay, windowMs } from "../../core/phases.ts";
import { storableText } from "../../core/storable.ts";
import { type DecisionContext, type EntryContext, readDecisionContext } from "../../db/statements/decisions/context.ts";
import { readStart } from "../../db/statements/models/mind.ts";
import { checkChoice, rulesOf } from "../choice.ts";
import { RoundPages } from "../doors/round-page.ts";
import type { RoundPorts } from "../ports.ts";
import { Cooldowns } from "./cooldowns.ts";
import { endpointOf, type ModelSettings } from "./endpoint.ts";
import type { FaultKind } from "./fault.ts";
import { runLoop } from "./loop.ts";
import { afterDecision, recalled } from "./mind.ts";
import { isPriceKnown, pricesOf } from "./prices.ts";
import { promptOf, textOf } from "./prompt.ts";
import { StoredTexts } from "./stored-texts.ts";
import { type Desk, toolsOf } from "./tools.ts";
import { openWire } from "./wire.ts";
import { workersAiFetch } from "./workers-ai.ts";

export type ModelPorts = Pick<RoundPorts, "query" | "views" | "now"> & {
  readonly models: ModelSettings;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
};

export interface ModelJob {
  readonly tournamentId: string;
  readonly entryId: string;
  readonly roundId: string;
}

export type ModelAnswer =
  /** `fault`: why it holds without having decided. */
  | { readonly kind: "choice"; readonly choice: unknown; readonly fault: ErrorCode | null }
  /** The round has closed, or the entry has decided: there is nothing to answer. */
  | { readonly kind: "over" };

const CODES: Readonly<Record<FaultKind, ErrorCode>> = {
  unavailable: "agent.model_unavailable",
  budget: "agent.budget_spent",
  bad: "agent.bad_answer",
  unpriced: "agent.price_unknown",
  endpoint: "agent.bad_model",
};

/** An isolate's own: the objects of many entries share it. */
const pages = new RoundPages();
const cooldowns = new Cooldowns(sleep);
const texts = new StoredTexts();

/**
 * `signal` ends the loop early: its task was taken away. `begun`: nothing is sent before it. Throws on faults of the database,
 * and what `begun` rejects with.
 */
export async function decideByModel(
  ports: ModelPorts,
  job: ModelJob,
  signal: AbortSignal,
  begun?: Promise<unknown>,
): Promise<ModelAnswer> {
  const [context, [page], stored] = await Promise.all([
    readDecisionContext(ports.query, job.tournamentId, [job.entryId]),
    pages.read(ports, [job.entryId]),
    readStart(ports.query, job.entryId, job.roundId),
    begun,
  ]);
  if (signal.aborted) return { kind: "over" };
  const [entry] = context?.entries ?? [];
  if (!context || !entry || !page || context.round_id !== job.roundId) return { kind: "over" };
  const config = modelConfigSchema.parse(entry.params.llm);
  const holding = (fault: FaultKind, detail: string): ModelAnswer => ({
    kind: "choice",
    ...holdFor(CODES[fault], detail),
  });

  const endpoint = await endpointOf(config, ports.models, entry.agent_name);
  if (endpoint.kind === "wrong") return holding("endpoint", `${endpoint.path} ${endpoint.message}.`);
  const rules = rulesOf(context);
  const budget = tighterBudget(config.budget, rules.model_budget);
  if (countsDollars(budget) && !(await isPriceKnown(config))) return holding("unpriced", "");

  const time = AbortSignal.timeout(timeFor(config, context, page.round.round.seconds_left));
  const until = AbortSignal.any([time, signal]);
  const { round, market, portfolio, memory: past } = page.round;
  const held = new Set(portfolio.positions.map(({ symbol }) => symbol));
  const before = recalled(stored.mind === null ? emptyMind : mindSchema.parse(stored.mind), stored.ends, held);
  const prompt = promptOf(page.round, rules, config, before);
  const wire = openWire(
    { ...ports, cooldowns, texts, fetch: endpoint.binding ? workersAiFetch(endpoint.binding) : ports.fetch },
    {
      roundId: job.roundId,
      entryId: job.entryId,
      recorded: stored.steps,
      prompt,
      model: config.model,
      maxOutputTokens: config.max_output_tokens,
      budget,
      priceOf: await pricesOf(config),
      account: endpoint.account,
      secret: endpoint.apiKey,
      signal: until,
    },
  );
  const provider = createOpenAICompatible({
    name: "model",
    baseURL: endpoint.baseUrl,
    fetch: wire.send,
    ...(endpoint.apiKey === null ? {} : { apiKey: endpoint.apiKey }),
  });
  const desk: Desk = { round: page.round, mind: before, notes: { ...past.notes } };
  const end = await runLoop({
    model: provider(config.model),
    system: textOf(prompt.system),
    user: textOf(prompt.user),
    tools: toolsOf(desk, config.tools),
    config,
    signal: until,
    steps: wire.steps,
    fault: wire.fault,
    refusalsOf: (decision) => refusalsOf(context, entry, decision, market),
  });
  if (signal.aborted) return { kind: "over" };
  if (end.kind === "fault") return holding(end.fault, end.detail);
  const { orders, reasoning, confidence = 0, memory } = end.decision;
  const refused = new Set(refusalsOf(context, entry, end.decision, market).map(({ order }) => order));
  const accepted = new Set([...orders.keys()].filter((seq) => !refused.has(seq)));
  const mind = afterDecision(desk.mind, end.decision, accepted, { number: round.number, dueAt: round.due_at, market });
  const plain = orders.map(({ exit: _, ...order }) => order);
  const kept = { memory: memory?.notes ?? desk.notes, ...(isEmptyMind(mind) ? {} : { mind }) };
  return { kind: "choice", choice: { orders: plain, reasoning, confidence, ...kept }, fault: null };
}

/** Milliseconds. A live round's loop ends some seconds before the deadline, so that its answer can still be stored. */
function timeFor(config: ModelConfig, context: DecisionContext, secondsLeft: number): number {
  const own = config.timeout_seconds * 1000;
  if (isReplay(context.market)) return own;
  const reserve = Math.min(5000, windowMs(context.interval_seconds) / 5);
  return Math.max(0, Math.min(own, secondsLeft * 1000 - reserve));
}

function refusalsOf(
  context: DecisionContext,
  entry: EntryContext,
  decision: ModelDecision,
  market: Readonly<Record<string, { readonly price: string }>>,
) {
  const choice = { orders: decision.orders, reasoning: "", confidence: 0, memory: null };
  const prices = Object.fromEntries(Object.entries(market).map(([symbol, { price }]) => [symbol, price]));
  return checkChoice(context, entry, choice, prices, rulesOf(context)).flatMap(({ seq, code }) =>
    code === undefined ? [] : [{ order: seq, code, detail: errorCodes[code].sentence }],
  );
}

/** A hold without a decision. Its reasoning is public, so it has no text of the provider. */
function holdFor(code: ErrorCode, detail: string): { choice: unknown; fault: ErrorCode } {
  return {
    choice: {
      orders: [],
      reasoning: storableText(errorCodes[code].sentence, limits.reasoningCharsMax),
      confidence: 0,
      detail,
    },
    fault: code,
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    if (signal.aborted) done();
    else signal.addEventListener("abort", done);
  });
}
