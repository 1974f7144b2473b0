/**
 * Runs a model in a tool loop until it has decided. A valid submit_decision ends a turn. Refused orders go back once, and so
 * does an answer that holds no decision. What ends the loop early is a fault, unless a decision is there already.
 */
import { generateText, isStepCount, type LanguageModel, type ModelMessage, type ToolSet } from "ai";
import { type ModelDecision, modelDecision } from "../../api/model-decision.ts";
import type { ModelConfig } from "../../core/agents/model-config.ts";
import { decisionInText } from "./decision-text.ts";
import { type FaultKind, ModelFault } from "./fault.ts";

export interface LoopInput {
  readonly model: LanguageModel;
  readonly system: string;
  readonly user: string;
  readonly tools: ToolSet;
  readonly config: Pick<ModelConfig, "max_steps" | "max_output_tokens" | "temperature">;
  readonly signal: AbortSignal;
  /** Steps that went to the provider so far. */
  readonly steps: () => number;
  /** What the way to the provider threw last. The SDK may have wrapped it. */
  readonly fault: () => ModelFault | null;
  /** The codes of orders that the rules refuse, each with its sentence; empty: all are accepted. */
  readonly refusalsOf: (
    decision: ModelDecision,
  ) => readonly { readonly order: number; readonly code: string; readonly detail: string }[];
}

export type LoopEnd =
  | { readonly kind: "decided"; readonly decision: ModelDecision }
  | { readonly kind: "fault"; readonly fault: FaultKind; readonly detail: string };

interface Turn {
  readonly decision: ModelDecision | null;
  /** Of submit_decision calls, to be answered when refusals go back. */
  readonly calls: readonly string[];
  readonly messages: readonly ModelMessage[];
  readonly why: string;
}

const DECIDE = "submit_decision";

export async function runLoop(input: LoopInput): Promise<LoopEnd> {
  const messages: ModelMessage[] = [{ role: "user", content: input.user }];
  let decided: ModelDecision | null = null;
  let [isRepaired, isReturned] = [false, false];
  try {
    for (;;) {
      const turn = await takeTurn(input, messages);
      const canGoOn = input.steps() < input.config.max_steps && !input.signal.aborted;
      if (turn.decision) {
        decided = turn.decision;
        const refusals = isReturned ? [] : input.refusalsOf(decided);
        if (refusals.length === 0 || turn.calls.length === 0 || !canGoOn) return { kind: "decided", decision: decided };
        isReturned = true;
        messages.push(...turn.messages, answerTo(turn.calls, refusals));
      } else {
        if (decided) return { kind: "decided", decision: decided };
        if (isRepaired || !canGoOn) return { kind: "fault", fault: "bad", detail: turn.why };
        isRepaired = true;
        messages.push(...turn.messages, {
          role: "user",
          content: `${turn.why} End by calling ${DECIDE} once, with orders and reasoning.`,
        });
      }
    }
  } catch (error) {
    const fault = input.fault() ?? (error instanceof ModelFault ? error : null);
    // A decision that was made before the provider failed counts. A fault of our own code is never hidden by it.
    const isOwn = !fault && !input.signal.aborted && !isAnswerFault(error);
    if (decided && !isOwn) return { kind: "decided", decision: decided };
    if (fault) return { kind: "fault", fault: fault.kind, detail: fault.message };
    if (input.signal.aborted) return { kind: "fault", fault: "unavailable", detail: "The model was not done in time." };
    throw error;
  }
}

/** Steps until the model decides, answers by text, or has no step left. */
async function takeTurn(input: LoopInput, messages: readonly ModelMessage[]): Promise<Turn> {
  const { config } = input;
  try {
    const result = await generateText({
      model: input.model,
      instructions: input.system,
      messages: [...messages],
      tools: input.tools,
      stopWhen: isStepCount(Math.max(1, config.max_steps - input.steps())),
      // The wire retries: it reserves and records each attempt.
      maxRetries: 0,
      maxOutputTokens: config.max_output_tokens,
      abortSignal: input.signal,
      ...(config.temperature === undefined ? {} : { temperature: config.temperature }),
    });
    const submitted = result.toolCalls.filter((call) => call.toolName === DECIDE);
    const valid = submitted.flatMap((call) => {
      const parsed = call.invalid ? null : modelDecision.safeParse(call.input);
      return parsed?.success ? [parsed.data] : [];
    });
    // The finish reason says nothing: a whole call may come with any.
    const last = valid.at(-1);
    const calls = openCalls(result.responseMessages);
    if (last) return { decision: last, calls, messages: result.responseMessages, why: "" };
    const read = decisionInText(result.text);
    if ("decision" in read) return { decision: read.decision, calls: [], messages: result.responseMessages, why: "" };
    const why = submitted.length > 0 ? `Your call of ${DECIDE} was not valid.` : read.why;
    return { decision: null, calls, messages: closed(result.responseMessages, calls), why };
  } catch (error) {
    const fault = input.fault();
    // What the provider sent can't be used. Its steps are recorded; the model is asked anew.
    if (fault?.kind === "bad") return { decision: null, calls: [], messages: [], why: fault.message };
    if (fault || input.signal.aborted || !isAnswerFault(error)) throw error;
    return { decision: null, calls: [], messages: [], why: "Your answer could not be read." };
  }
}

/** Errors of the SDK about what came, not about our own code. */
function isAnswerFault(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith("AI_");
}

/** The ids of calls that have no result yet. */
function openCalls(messages: readonly ModelMessage[]): string[] {
  const called: string[] = [];
  const answered = new Set<string>();
  for (const { content } of messages) {
    if (typeof content === "string") continue;
    for (const part of content) {
      if (part.type === "tool-call") called.push(part.toolCallId);
      else if (part.type === "tool-result") answered.add(part.toolCallId);
    }
  }
  return called.filter((id) => !answered.has(id));
}

/** Providers refuse a conversation in which a call has no result. */
function closed(messages: readonly ModelMessage[], calls: readonly string[]): readonly ModelMessage[] {
  return calls.length === 0 ? messages : [...messages, resultOf(calls, { error: "not run" })];
}

function answerTo(calls: readonly string[], refused: ReturnType<LoopInput["refusalsOf"]>): ModelMessage {
  const advice = `These orders would be refused. Call ${DECIDE} again with the whole decision, or leave it as it is.`;
  return resultOf(calls, { refused: refused.map((one) => ({ ...one })), advice });
}

type JsonValue = null | string | number | boolean | JsonValue[] | { [key: string]: JsonValue };

function resultOf(calls: readonly string[], value: JsonValue): ModelMessage {
  return {
    role: "tool",
    content: calls.map((toolCallId) => ({
      type: "tool-result" as const,
      toolCallId,
      toolName: DECIDE,
      output: { type: "json" as const, value },
    })),
  };
}
