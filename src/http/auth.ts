/** The operator key, or a session that was opened with it. A deployment without a key is closed, not open. */
import { createMiddleware } from "hono/factory";
import { CodedError } from "../core/error-codes.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { isOwnPage, readSession } from "./session-cookie.ts";

/** Both sides are hashed first, so that neither length nor content shows in the time that the comparison takes. */
export async function sameSecret(given: string, expected: string): Promise<boolean> {
  const [a, b] = await Promise.all([digest(given), digest(expected)]);
  let difference = 0;
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] ?? 0xff);
  return difference === 0;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

function bearer(header: string | undefined): string | null {
  return /^Bearer +(\S+)\s*$/i.exec(header ?? "")?.[1] ?? null;
}

const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Notes on every request whether it may see what the public may not. Where a key comes, it alone counts. A browser sends
 * the cookie of a session by itself: so a write by it must show that it comes from our own page.
 */
export const recogniseOperator = createMiddleware<HttpEnv>(async (c, next) => {
  const header = c.req.header("authorization");
  const given = bearer(header);
  const { operatorKey } = c.get("deps");
  const ends = header === undefined ? await readSession(c) : null;
  c.set("sessionEnds", ends);
  c.set(
    "operator",
    ends !== null || (operatorKey !== null && given !== null && (await sameSecret(given, operatorKey))),
  );
  if (ends !== null && !READS.has(c.req.method) && !isOwnPage(c)) throw new CodedError("auth.cross_site");
  await next();
});

/** Throws where the deployment has none. */
export function operatorKeyOf(c: HttpContext): string {
  const { operatorKey } = c.get("deps");
  if (operatorKey === null) throw new CodedError("auth.not_configured");
  return operatorKey;
}

/** In front of every write and of all of operations. */
export const requireOperator = createMiddleware<HttpEnv>(async (c, next) => {
  operatorKeyOf(c);
  if (!c.get("operator")) {
    throw new CodedError(c.req.header("authorization") === undefined ? "auth.required" : "auth.wrong_key");
  }
  await next();
});
