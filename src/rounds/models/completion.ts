/**
 * Reads a provider's answer: a chat completion, or the shape in which older models of Workers AI answer. Providers are not
 * trusted: nothing of it is taken unseen.
 */
import { z } from "zod";

const count = z.number().int().min(0).max(1_000_000_000);
const usageShape = z.object({ prompt_tokens: count, completion_tokens: count });
const id = z.string().min(1).nullish().catch(null);
const called = z.looseObject({ name: z.string(), arguments: z.unknown().optional() });
/** The function's name and arguments stand inside `function`, or in the call itself. */
const toolCall = z.union([z.looseObject({ id, function: called }), called.extend({ id }), z.looseObject({ id })]);
const message = z.looseObject({ tool_calls: z.array(toolCall).nullish() });
const choice = z.looseObject({ message, finish_reason: z.string().nullish() });
const completion = z.looseObject({ choices: z.array(choice).min(1) });
/** One of both must be there: an answer of neither is none. */
const older = z.union([
  z.looseObject({ response: z.unknown().optional(), tool_calls: z.array(toolCall).min(1) }),
  z.looseObject({ response: z.union([z.string(), z.number(), z.record(z.string(), z.unknown())]) }),
]);
const failure = z.looseObject({ error: z.unknown().refine((error) => error !== null && error !== undefined) });

export type Completion =
  | {
      readonly kind: "answer";
      /** As the SDK gets it: a chat completion without counts that it would refuse, and each tool call with an id. */
      readonly text: string;
      readonly finishReason: string | null;
      /** Null: the provider did not count. */
      readonly usage: { readonly input: number; readonly output: number } | null;
    }
  /** An error inside an answer whose status says that all is well. */
  | { readonly kind: "error"; readonly detail: string }
  | { readonly kind: "nonsense"; readonly detail: string };

export function readCompletion(body: string): Completion {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { kind: "nonsense", detail: `The provider's answer is no JSON: ${body.slice(0, 200)}` };
  }
  const error = failure.safeParse(json);
  if (error.success) return { kind: "error", detail: JSON.stringify(error.data.error).slice(0, 500) };
  const read = completion.safeParse(asChoice(json));
  if (!read.success) return { kind: "nonsense", detail: `The provider's answer has no choice: ${body.slice(0, 200)}` };
  const { choices, usage, ...rest } = read.data;
  const counted = usageShape.safeParse(usage);
  const [first] = choices;
  const named = choices.map((one) => {
    const said = { ...one.message, ...plainCalls(one.message.tool_calls) };
    // The SDK runs no tool of an answer that does not say why it ended.
    const calls = (one.message.tool_calls ?? []).length > 0;
    return { ...one, message: said, ...(calls && !one.finish_reason ? { finish_reason: "tool_calls" } : {}) };
  });
  return {
    kind: "answer",
    text: JSON.stringify({ ...rest, choices: named }),
    finishReason: first?.finish_reason ?? null,
    usage: counted.success ? { input: counted.data.prompt_tokens, output: counted.data.completion_tokens } : null,
  };
}

/** `{response, tool_calls, usage}` as a chat completion. Everything else stays as it is. */
function asChoice(json: unknown): unknown {
  if (typeof json !== "object" || json === null || "choices" in json) return json;
  const read = older.safeParse(json);
  if (!read.success) return json;
  const { response, tool_calls, usage } = read.data;
  const content = response === null || response === undefined ? null : textOf(response);
  const message = { role: "assistant", content, ...(Array.isArray(tool_calls) ? { tool_calls } : {}) };
  return { choices: [{ index: 0, message }], usage };
}

/** The calls as the SDK reads them. It would make up a random id, and the next request would be another one each time. */
function plainCalls(calls: readonly z.output<typeof toolCall>[] | null | undefined) {
  if (!calls) return {};
  const tool_calls = calls.map((call, n) => {
    const named = { ...call, id: call.id ?? `call_${n}` };
    const inner = called.safeParse(call.function ?? call);
    if (!inner.success) return named;
    const { name, arguments: args } = inner.data;
    return { ...named, type: "function", function: { name, arguments: textOf(args ?? {}) } };
  });
  return { tool_calls };
}

const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
