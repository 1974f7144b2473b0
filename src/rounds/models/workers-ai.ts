/** Models of Workers AI: the binding takes the place of a provider's address, so the wire reserves and records as ever. */
import { z } from "zod";

/** The part of the platform's binding that is used. */
export interface WorkersAi {
  run(
    model: string,
    inputs: Readonly<Record<string, unknown>>,
    options: { readonly returnRawResponse: true; readonly signal?: AbortSignal },
  ): Promise<Response>;
}

/** Any address: the binding has none. */
export const WORKERS_AI_URL = "https://workers-ai.binding/v1";

const toolCalls = z.array(z.looseObject({ id: z.string(), function: z.looseObject({ name: z.string() }) }));
const message = z.looseObject({ tool_calls: toolCalls.optional(), tool_call_id: z.string().optional() });
const requestBody = z.looseObject({ model: z.string(), messages: z.array(message) });

/**
 * The HTTP status of a code that the binding throws as "3040: …", by developers.cloudflare.com/workers-ai/platform/errors.
 * An error that is thrown has no status of its own.
 */
const STATUS: Readonly<Record<string, number>> = {
  3003: 400,
  3006: 413,
  3007: 408,
  3008: 408,
  3023: 403,
  3036: 429,
  3039: 400,
  3040: 429,
  3041: 403,
  3042: 404,
  5004: 400,
  5005: 405,
  5007: 400,
  5016: 403,
  5018: 403,
  5019: 405,
};

/** The binding as a `fetch` of chat completions. */
export function workersAiFetch(ai: WorkersAi): (url: string, init: RequestInit) => Promise<Response> {
  return async (_, { body, signal }) => {
    if (typeof body !== "string") throw new TypeError("a model's request has no text as its body");
    const { model, messages, ...settings } = requestBody.parse(JSON.parse(body));
    const names = new Map(
      messages.flatMap(({ tool_calls = [] }) => tool_calls.map(({ id, function: { name } }) => [id, name] as const)),
    );
    // The binding refuses a content of null, which a message with tool calls has. Older models know a result by its tool's name.
    const plain = messages.map((message) => {
      const name = names.get(message.tool_call_id ?? "");
      return { ...message, content: message.content ?? "", ...(name === undefined ? {} : { name }) };
    });
    try {
      const options = { returnRawResponse: true as const, ...(signal ? { signal } : {}) };
      return await ai.run(model, { ...settings, messages: plain }, options);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const status = STATUS[/(?:^|: )(\d{4}): /.exec(text)?.[1] ?? ""];
      if (status === undefined) throw error;
      return new Response(text, { status });
    }
  };
}
