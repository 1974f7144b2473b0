/** The binding of Workers AI in front of a scripted model: as strict as the real one, in either shape, and it throws when told. */
import type { WorkersAi } from "../../../src/rounds/models/workers-ai.ts";
import type { ScriptedModel } from "./scripted-model.ts";

/** A model whose price the table knows. */
export const WORKERS_AI_MODEL = "@cf/meta/llama-3.3-70b-instruct-fp8-fast";

export interface Misbehaviour {
  /** older: `{response, tool_calls, usage}`, as models answer that were there before chat completions. */
  readonly shape?: "choices" | "older";
  /** It throws these, one a call, before it runs anything. */
  readonly throws?: readonly Error[];
  /** It does not end with its signal. */
  readonly isDeaf?: boolean;
}

export interface FakeWorkersAi extends WorkersAi {
  readonly ran: { readonly model: string; readonly inputs: Readonly<Record<string, unknown>> }[];
}

export function fakeWorkersAi(model: ScriptedModel, { shape, throws = [], isDeaf }: Misbehaviour = {}): FakeWorkersAi {
  const ran: FakeWorkersAi["ran"] = [];
  return {
    ran,
    async run(name, inputs, { signal }) {
      ran.push({ model: name, inputs });
      const thrown = throws[ran.length - 1];
      if (thrown) throw thrown;
      const messages: unknown = inputs.messages;
      if (!Array.isArray(messages) || messages.some(({ content }) => typeof content !== "string"))
        return Response.json({ errors: [{ code: 5006, message: "content must be string" }] }, { status: 400 });
      const response = await fetch(`${model.url}/chat/completions`, {
        method: "POST",
        body: JSON.stringify({ ...inputs, model: name }),
        redirect: "manual",
        ...(signal && !isDeaf ? { signal } : {}),
      });
      return shape === "older" && response.status === 200 ? new Response(asOlder(await response.text())) : response;
    },
  };
}

/** What is no chat completion stays as it is. */
function asOlder(text: string): string {
  let completion: Record<string, unknown>;
  try {
    completion = JSON.parse(text);
  } catch {
    return text;
  }
  const { choices, usage } = completion;
  const message = Array.isArray(choices) ? choices[0]?.message : undefined;
  if (!message) return text;
  const calls: { function: { name: string; arguments: string } }[] = message.tool_calls ?? [];
  const tool_calls = calls.map(({ function: { name, arguments: args } }) => ({ name, arguments: parsed(args) }));
  return JSON.stringify({ response: message.content, ...(calls.length > 0 ? { tool_calls } : {}), usage });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
