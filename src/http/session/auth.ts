/**
 * Recognises who sends a request: the operator key, an access key, or a browser's session. Without a configured operator
 * key nobody is recognised.
 */
import { createMiddleware } from "hono/factory";
import { timingSafeEqual } from "hono/utils/buffer";
import { isAccessKey } from "../../core/access/access-key.ts";
import { CodedError } from "../../core/error-codes.ts";
import { sha256Hex } from "../../core/text/canonical.ts";
import type { Caller, HttpContext, HttpEnv } from "../context.ts";
import { forwardedBy } from "../forward.ts";
import { callerOfKey, OPERATOR } from "./caller.ts";
import { isOwnPage, readSession } from "./cookie.ts";
import { refuseWrongKey } from "./wrong-key.ts";

const SCHEME = /^Bearer(?: |$)/i;

/** The key of an Authorization header. "" for a Bearer without a key, null for another scheme. */
function bearer(header: string): string | null {
  if (!SCHEME.test(header)) return null;
  return /^Bearer +(\S+)\s*$/i.exec(header)?.[1] ?? "";
}

const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/** The audit's action for a wrong key in a header. A sign-in with a wrong key is audited as "POST /session". */
const WRONG_KEY = "auth.wrong_key";

/** The caller with this key. Null for a key that is unknown, expired or revoked. Throws when the database doesn't answer. */
export async function callerWith(c: HttpContext, key: string): Promise<Caller | null> {
  const { operatorKey, keyReads, query } = c.get("deps");
  if (operatorKey === null) return null;
  const hash = await sha256Hex(key);
  if (await isSameHash(hash, await hashOfOperatorKey(operatorKey))) return OPERATOR;
  if (!isAccessKey(key)) return null;
  const found = await keyReads.ask(query, hash);
  // The look-up by a hash already tells nothing about other keys. The comparison guards against a row of another hash.
  return found !== null && (await isSameHash(found.hash, hash)) ? callerOfKey(found) : null;
}

/** In constant time. Hono would hash both once more, which costs every request with a key four digests. */
const isSameHash = (one: string, other: string) => timingSafeEqual(one, other, (hash: string) => hash);

/** Kept while the isolate lives. */
let operator: { readonly key: string; readonly hash: string } | null = null;

async function hashOfOperatorKey(key: string): Promise<string> {
  if (operator?.key !== key) operator = { key, hash: await sha256Hex(key) };
  return operator.hash;
}

/**
 * Notes on every request who sent it. When the request brings a key, the session's cookie is ignored. A wrong key is
 * refused and counted on every route, the open ones included. A browser adds the cookie to forged requests too, so a write
 * with a cookie must prove that one of our own pages sent it.
 */
export const recogniseCaller = createMiddleware<HttpEnv>(async (c, next) => {
  if (forwardedBy(c.req.raw) !== null) return next();
  if (c.get("deps").operatorKey === null) return next();
  const header = c.req.header("authorization");
  if (header === undefined) {
    const session = await orFault(c, () => readSession(c));
    c.set("caller", session?.caller ?? null);
    c.set("sessionEnds", session?.endsAt ?? null);
    if (session && !READS.has(c.req.method) && !isOwnPage(c)) throw new CodedError("auth.cross_site");
    return next();
  }
  const key = bearer(header);
  if (key !== null) {
    const caller = await orFault(c, () => callerWith(c, key));
    c.set("caller", caller);
    if (caller === null && c.get("callerFault") === null) {
      await refuseWrongKey(c, WRONG_KEY);
      throw new CodedError("auth.wrong_key");
    }
  }
  await next();
});

/** Keeps a database fault for the routes that need the caller. Open routes go on answering. */
async function orFault<T>(c: HttpContext, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    c.set("callerFault", error instanceof Error ? error : new Error(String(error)));
    return null;
  }
}

/** Throws when the deployment has no operator key. */
export function operatorKeyOf(c: HttpContext): string {
  const { operatorKey } = c.get("deps");
  if (operatorKey === null) throw new CodedError("auth.not_configured");
  return operatorKey;
}
