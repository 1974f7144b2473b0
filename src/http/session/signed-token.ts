/**
 * Tokens that are given to clients. A dry run's token carries what the dry run agreed upon, signed with the operator
 * key: the server stores nothing, nobody can forge a token, and a new operator key voids all of them. A session's token
 * is random, and the database keeps its hash. Ids are never used as tokens, because a UUIDv7 can be guessed from its
 * time and from an id that was made together with it.
 */
import { decodeBase64Url } from "hono/utils/encode";
import type { HttpContext } from "../context.ts";
import { base64Url } from "../request/base64-url.ts";

const text = new TextEncoder();

/** A token that was made for one purpose is invalid for the other. */
type Purpose = "dry run" | "session";

async function signingKey(c: HttpContext, purpose: Purpose): Promise<CryptoKey> {
  const { operatorKey } = c.get("deps");
  if (operatorKey === null) throw new Error("a token can't be signed without the operator key");
  const use = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", text.encode(`${purpose} ${operatorKey}`), use, false, ["sign", "verify"]);
}

/**
 * The hash that the database keeps of a token. It depends on the operator key, so a new key voids the stored hashes.
 */
export async function hmacHex(c: HttpContext, token: string, purpose: Purpose): Promise<string> {
  const hash = await crypto.subtle.sign("HMAC", await signingKey(c, purpose), text.encode(token));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function writeToken(c: HttpContext, agreed: Record<string, unknown>): Promise<string> {
  const body = base64Url(text.encode(JSON.stringify(agreed)));
  const signature = await crypto.subtle.sign("HMAC", await signingKey(c, "dry run"), text.encode(body));
  return `${body}.${base64Url(new Uint8Array(signature))}`;
}

/** Returns what the token carries. Null for a token that this deployment did not sign. */
export async function readToken(c: HttpContext, token: string): Promise<unknown> {
  try {
    const [body = "", signature = ""] = token.split(".");
    const key = await signingKey(c, "dry run");
    const holds = await crypto.subtle.verify("HMAC", key, decodeBase64Url(signature), text.encode(body));
    return holds ? JSON.parse(new TextDecoder().decode(decodeBase64Url(body))) : null;
  } catch {
    return null;
  }
}
