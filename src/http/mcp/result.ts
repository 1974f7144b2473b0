/** A tool's result: the same JSON as text and as structured content. A refusal is a result too, never a protocol error. */
import type { CallToolResult } from "@modelcontextprotocol/server";
import { codedError, problemResponse } from "../problem.ts";

type Members = Readonly<Record<string, unknown>>;

/** What an API's answer says: its body, or its problem document as a refusal. */
export async function resultOf(answer: Response): Promise<CallToolResult> {
  const body: Members = await answer.json();
  return answer.ok ? result(body, false) : refusal(body, answer.headers.get("retry-after"));
}

export function refusalOf(thrown: unknown): Promise<CallToolResult> {
  return resultOf(problemResponse(codedError(thrown)));
}

function refusal({ type, title, status, ...members }: Members, retryAfter: string | null): CallToolResult {
  return result(retryAfter === null ? members : { ...members, retry_after_seconds: Number(retryAfter) }, true);
}

function result(content: Members, isError: boolean): CallToolResult {
  return {
    content: [{ type: "text", text: JSON.stringify(content) }],
    structuredContent: { ...content },
    ...(isError ? { isError } : {}),
  };
}
