/** What the audit keeps of a request's body: no secrets, and at most 4 KB. */
import { forbiddenParts } from "../../core/text/json-limits.ts";

const BYTES_MAX = 4096;
/** Every value takes at least one character, so more values than this never fit. */
const VALUES_MAX = BYTES_MAX;
/** A bulk job's token begins with the job's id, which is no secret. */
const TOKEN_OF_JOB = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\./;
const SECRET = /secret|token|password|passwd|credential|authorization|api_?key|private|^key$|^code$/i;

export function auditDetails(
  body: string,
  query: Readonly<Record<string, readonly string[]>>,
): Record<string, unknown> {
  const asked = withoutSecrets(
    Object.fromEntries(Object.entries(query).map(([name, values]) => [name, values.join(",")])),
  );
  const details = { ...(Object.keys(query).length > 0 ? { query: asked } : {}), ...bodyPart(body) };
  const text = JSON.stringify(details).replaceAll("\\u0000", "").toWellFormed();
  const bytes = new TextEncoder().encode(text).byteLength;
  // The cut is far below BYTES_MAX: a character takes up to three bytes, and the cut text is escaped once more.
  return bytes <= BYTES_MAX ? JSON.parse(text) : { cut: text.slice(0, 1000), bytes };
}

function bodyPart(body: string): Record<string, unknown> {
  if (body.trim() === "") return {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (forbiddenParts(parsed).length === 0) return { body: withoutSecrets(parsed) };
  } catch {
    // Secrets can't be removed from a body that can't be parsed, so only its size is kept.
  }
  return { unreadable_bytes: new TextEncoder().encode(body).byteLength };
}

/**
 * Hides values by the names of their fields. forbiddenParts has already refused more than 20 levels, so recursion is
 * safe. Values past VALUES_MAX are dropped: they would not fit into the kept details.
 */
function withoutSecrets(value: unknown, left = { values: VALUES_MAX }): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const kept = value.slice(0, left.values);
    left.values -= kept.length;
    return kept.map((part) => withoutSecrets(part, left));
  }
  const parts: [string, unknown][] = [];
  for (const [name, part] of Object.entries(value)) {
    if (left.values-- <= 0) break;
    parts.push([name.slice(0, 1000), SECRET.test(name.slice(0, 1000)) ? hidden(part) : withoutSecrets(part, left)]);
  }
  return Object.fromEntries(parts);
}

function hidden(value: unknown): string {
  const job = typeof value === "string" ? TOKEN_OF_JOB.exec(value)?.[1] : undefined;
  return job === undefined ? "[hidden]" : `${job}.[hidden]`;
}
