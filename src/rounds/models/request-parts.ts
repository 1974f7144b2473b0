/** Cuts a request into the texts that are stored, each once: what a later step repeats of an earlier one costs nothing. */
import { z } from "zod";
import { sha256Hex } from "../../core/text/canonical.ts";
import type { Prompt, PromptPart } from "./prompt.ts";
import { textOf } from "./prompt.ts";

const requestBody = z.looseObject({ messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })) });

/** A request by the hashes of its texts. */
export const recordedRequest = z.strictObject({
  /** The body without its messages: model, settings, tools. */
  head: z.string(),
  messages: z.array(
    z.strictObject({
      role: z.string(),
      parts: z.array(z.strictObject({ name: z.string(), hash: z.string() })),
    }),
  ),
});
type RecordedRequest = z.infer<typeof recordedRequest>;

export interface CutRequest {
  readonly hash: string;
  readonly request: RecordedRequest;
  readonly contents: Readonly<Record<string, string>>;
}

export async function cutRequest(body: string, prompt: Prompt): Promise<CutRequest> {
  const { messages, ...head } = requestBody.parse(JSON.parse(body));
  const contents: Record<string, string> = {};
  const keep = async (text: string) => {
    const hash = await sha256Hex(text);
    contents[hash] = text;
    return hash;
  };
  const known = new Map<unknown, readonly PromptPart[]>([
    [textOf(prompt.system), prompt.system],
    [textOf(prompt.user), prompt.user],
  ]);
  const cut = [];
  for (const { role, ...message } of messages) {
    const parts = known.get(message.content) ?? [{ name: "message", text: JSON.stringify(message) }];
    cut.push({
      role,
      parts: await Promise.all(parts.map(async ({ name, text }) => ({ name, hash: await keep(text) }))),
    });
  }
  return { hash: await sha256Hex(body), request: { head: await keep(JSON.stringify(head)), messages: cut }, contents };
}
