/** What the audit keeps of a request's body: no secrets, and at most 4 KB. */
import { forbiddenParts } from "./json-limits.ts";

const BYTES_MAX = 4096;
const SECRET = /secret|token|password|passwd|credential|authorization|api_?key|private|^key$/i;

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
  // Cut by characters, which are up to three bytes and are escaped once more.
  return bytes <= BYTES_MAX ? JSON.parse(text) : { cut: text.slice(0, 1000), bytes };
}

function bodyPart(body: string): Record<string, unknown> {
  if (body.trim() === "") return {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (forbiddenParts(parsed).length === 0) return { body: withoutSecrets(parsed) };
  } catch {
    // What can't be read can't be cleared of secrets either.
  }
  return { unreadable_bytes: new TextEncoder().encode(body).byteLength };
}

/** By the names of fields: at most 20 levels deep, as forbiddenParts has made sure. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, SECRET.test(name) ? "[hidden]" : withoutSecrets(part)]),
  );
}
