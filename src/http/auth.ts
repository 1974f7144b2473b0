/** The operator key. A deployment without one is closed, not open. */
import { createMiddleware } from "hono/factory";
import { CodedError } from "../core/error-codes.ts";
import type { HttpEnv } from "./context.ts";

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

/** Notes on every request whether it may see what the public may not. */
export const recogniseOperator = createMiddleware<HttpEnv>(async (c, next) => {
  const given = bearer(c.req.header("authorization"));
  const { operatorKey } = c.get("deps");
  c.set("operator", operatorKey !== null && given !== null && (await sameSecret(given, operatorKey)));
  await next();
});

/** In front of every write and of all of operations. */
export const requireOperator = createMiddleware<HttpEnv>(async (c, next) => {
  if (c.get("deps").operatorKey === null) throw new CodedError("auth.not_configured");
  if (!c.get("operator")) {
    throw new CodedError(c.req.header("authorization") === undefined ? "auth.required" : "auth.wrong_key");
  }
  await next();
});
