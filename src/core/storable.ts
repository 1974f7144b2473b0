/** Makes results and texts storable. PostgreSQL refuses NUL and lone surrogates, and rows must stay small. */
import type { ErrorCode } from "./error-codes.ts";
import { limits } from "./limits.ts";

export type Storable =
  | { readonly ok: true; readonly value: Record<string, unknown> }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** The text in a form that PostgreSQL accepts, cut to `charsMax`. */
export function storableText(text: string, charsMax: number): string {
  return text.slice(0, charsMax).replaceAll("\0", "").toWellFormed();
}

/** A handler's result as the JSON that its row can hold, or why it can't be stored. */
export function storable(result: unknown): Storable {
  let json: string | undefined;
  try {
    json = JSON.stringify(result, storablePart);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, code: "task.bad_result", message: storableText(`The task's result is no JSON: ${why}`, 500) };
  }
  const parsed: unknown = json === undefined ? undefined : JSON.parse(json);
  if (json === undefined || typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return { ok: false, code: "task.bad_result", message: "The task's result is no JSON object." };
  }
  const bytes = new TextEncoder().encode(json).byteLength;
  if (bytes > limits.taskResultBytesMax) {
    const message = `The task's result has ${bytes} bytes; at most ${limits.taskResultBytesMax} are stored.`;
    return { ok: false, code: "task.result_too_large", message };
  }
  return { ok: true, value: { ...parsed } };
}

/** A replacer for JSON.stringify: makes keys and texts storable in PostgreSQL. */
export function storablePart(_key: string, value: unknown): unknown {
  if (typeof value === "string") return storableText(value, value.length);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  const bad = entries.some(([key]) => key.includes("\0") || !key.isWellFormed());
  return bad ? Object.fromEntries(entries.map(([key, part]) => [storableText(key, key.length), part])) : value;
}
