/**
 * A recorded decision of a language model as a reader follows it: what the model was told at first, then each step with what
 * it said, what its tools gave back, and what it was asked again. Pure.
 */
import type { ModelSteps } from "../../api/answers.ts";

type StepItem = ModelSteps["steps"][number];
type Contents = ModelSteps["contents"];

/** A part of the first request. Parts that are not public yet are left out. */
export interface ToldPart {
  readonly role: string;
  readonly name: string;
  readonly text: string;
}

export interface ToolCall {
  readonly name: string;
  readonly args: unknown;
  /** What the tool gave back. Null: nothing, or it is not public yet. */
  readonly back: string | null;
}

export interface TalkStep extends StepItem {
  /** What it was told after an answer that did not do. */
  readonly asked: readonly string[];
  readonly texts: readonly string[];
  readonly calls: readonly ToolCall[];
}

export interface Talk {
  readonly model: string;
  readonly told: readonly ToldPart[];
  readonly steps: readonly TalkStep[];
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null: the price is unknown. */
  readonly usd: number | null;
  readonly seconds: number;
}

/** Null without a step. */
export function talkOf({ steps, contents }: Pick<ModelSteps, "steps" | "contents">): Talk | null {
  const [first] = steps;
  if (!first) return null;
  const sum = (of: (step: StepItem) => number) => steps.reduce((all, step) => all + of(step), 0);
  return {
    model: first.model,
    told: toldBy(first, contents),
    steps: steps.map((step, at) => talkStep(step, steps[at - 1], steps[at + 1], contents)),
    inputTokens: sum(({ input_tokens }) => input_tokens),
    outputTokens: sum(({ output_tokens }) => output_tokens),
    usd: steps.some(({ usd }) => usd !== null) ? sum(({ usd }) => Number(usd ?? 0)) : null,
    seconds: sum(({ latency_ms }) => latency_ms ?? 0) / 1000,
  };
}

function toldBy({ request }: StepItem, contents: Contents): ToldPart[] {
  return request.messages.flatMap(({ role, parts }) =>
    parts.flatMap(({ name, hash }) => {
      const text = contents[hash];
      return text === undefined ? [] : [{ role, name, text }];
    }),
  );
}

function talkStep(
  step: StepItem,
  before: StepItem | undefined,
  after: StepItem | undefined,
  contents: Contents,
): TalkStep {
  const answer = step.answer_hash === null ? undefined : contents[step.answer_hash];
  const said = answer === undefined ? NOTHING : saidIn(answer);
  const results = after ? resultsIn(newIn(after, step, contents)) : new Map<string, string>();
  return {
    ...step,
    asked: before ? newIn(step, before, contents).flatMap(({ role, text }) => (role === "user" ? [text] : [])) : [],
    texts: said.texts,
    calls: said.calls.map(({ id, name, args }) => ({ name, args, back: results.get(id) ?? null })),
  };
}

interface Message {
  readonly role: string;
  readonly callId: string | null;
  readonly text: string;
}

/** The messages that a request has more than the one before it, as far as they are public. */
function newIn(step: StepItem, before: StepItem, contents: Contents): Message[] {
  return step.request.messages.slice(before.request.messages.length).flatMap(({ role, parts }) => {
    const text = parts[0] && contents[parts[0].hash];
    return text === undefined ? [] : [messageOf(role, text)];
  });
}

/** A message is recorded as JSON without its role. */
function messageOf(role: string, text: string): Message {
  const { content, tool_call_id: callId } = recordOf(parsed(text));
  return {
    role,
    callId: typeof callId === "string" ? callId : null,
    text: typeof content === "string" ? content : text,
  };
}

function resultsIn(messages: readonly Message[]): Map<string, string> {
  return new Map(
    messages.flatMap(({ role, callId, text }) => (role === "tool" && callId !== null ? [[callId, text] as const] : [])),
  );
}

interface Said {
  readonly texts: readonly string[];
  readonly calls: readonly { readonly id: string; readonly name: string; readonly args: unknown }[];
}
const NOTHING: Said = { texts: [], calls: [] };

/** A provider's answer in the shape of chat completions. What is no such answer is shown as it came. */
function saidIn(answer: string): Said {
  const { choices } = recordOf(parsed(answer));
  if (!Array.isArray(choices)) return { texts: [answer], calls: [] };
  const messages = choices.map((choice) => recordOf(recordOf(choice).message));
  return {
    texts: messages.flatMap(({ content }) => (typeof content === "string" && content.trim() !== "" ? [content] : [])),
    calls: messages.flatMap(({ tool_calls }) => (Array.isArray(tool_calls) ? tool_calls.map(callIn) : [])),
  };
}

function callIn(call: unknown): Said["calls"][number] {
  const { id, function: called } = recordOf(call);
  const { name, arguments: args } = recordOf(called);
  const read = typeof args === "string" ? (parsed(args) ?? args) : (args ?? null);
  return { id: String(id), name: String(name), args: read };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** Null where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
