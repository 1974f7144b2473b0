/**
 * What a dry run agreed upon, or a session: signed by the operator key, so that nothing is kept for it, nobody can make one
 * up, and another key ends them all. A token of one purpose is none of another.
 */
import type { HttpContext } from "./context.ts";

const text = new TextEncoder();

type Purpose = "dry run" | "session";

async function signingKey(c: HttpContext, purpose: Purpose): Promise<CryptoKey> {
  const { operatorKey } = c.get("deps");
  if (operatorKey === null) throw new Error("a token can't be signed without the operator key");
  const use = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", text.encode(`${purpose} ${operatorKey}`), use, false, ["sign", "verify"]);
}

const toBase64 = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const fromBase64 = (part: string) =>
  Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));

export async function writeToken(
  c: HttpContext,
  agreed: Record<string, unknown>,
  purpose: Purpose = "dry run",
): Promise<string> {
  const body = toBase64(text.encode(JSON.stringify(agreed)));
  const signature = await crypto.subtle.sign("HMAC", await signingKey(c, purpose), text.encode(body));
  return `${body}.${toBase64(new Uint8Array(signature))}`;
}

/** What was agreed upon; null for anything that this deployment did not sign. */
export async function readToken(c: HttpContext, token: string, purpose: Purpose = "dry run"): Promise<unknown> {
  try {
    const [body = "", signature = ""] = token.split(".");
    const key = await signingKey(c, purpose);
    const holds = await crypto.subtle.verify("HMAC", key, fromBase64(signature), text.encode(body));
    return holds ? JSON.parse(new TextDecoder().decode(fromBase64(body))) : null;
  } catch {
    return null;
  }
}
