/** Reads a provider's answer to a chat completion. Providers are not trusted: nothing of it is taken unseen. */
import { z } from "zod";

const count = z.number().int().min(0).max(1_000_000_000);
const usageShape = z.object({ prompt_tokens: count, completion_tokens: count });
const toolCall = z.looseObject({ id: z.string().min(1).nullish().catch(null) });
const message = z.looseObject({ tool_calls: z.array(toolCall).nullish() });
const choice = z.looseObject({ message, finish_reason: z.string().nullish() });
const completion = z.looseObject({ choices: z.array(choice).min(1) });
const failure = z.looseObject({ error: z.unknown().refine((error) => error !== null && error !== undefined) });

export type Completion =
  | {
      readonly kind: "answer";
      /** As the SDK gets it: without counts that it would refuse, and each tool call with an id. */
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
  const read = completion.safeParse(json);
  if (!read.success) return { kind: "nonsense", detail: `The provider's answer has no choice: ${body.slice(0, 200)}` };
  const { choices, usage, ...rest } = read.data;
  const counted = usageShape.safeParse(usage);
  const [first] = choices;
  const named = choices.map((one) => ({ ...one, message: { ...one.message, ...namedCalls(one.message.tool_calls) } }));
  return {
    kind: "answer",
    text: JSON.stringify({ ...rest, choices: named }),
    finishReason: first?.finish_reason ?? null,
    usage: counted.success ? { input: counted.data.prompt_tokens, output: counted.data.completion_tokens } : null,
  };
}

/** The SDK would make up a random id, and the next request would be another one each time. */
function namedCalls(calls: readonly z.output<typeof toolCall>[] | null | undefined) {
  return calls ? { tool_calls: calls.map((call, n) => ({ ...call, id: call.id ?? `call_${n}` })) } : {};
}
