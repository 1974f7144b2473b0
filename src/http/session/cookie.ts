/**
 * A session in a browser. The cookie holds a random token, never a key. The database holds the
 * token's hash with an expiry time. Scripts can't read the cookie, and other sites can't send it. A write also needs a
 * header that another site's form or link can't add.
 */
import { getCookie, setCookie } from "hono/cookie";
import { CodedError } from "../../core/error-codes.ts";
import { endSessionRow, openSessionRow, readSessionRow } from "../../db/statements/sessions/sessions.ts";
import type { Caller, HttpContext } from "../context.ts";
import { callerOfKey, nameOf, OPERATOR } from "./caller.ts";
import { hmacHex } from "./signed-token.ts";

const SESSION_SECONDS = 12 * 3600;
/** A custom header needs our permission by CORS when another site sends it, and we give that permission to no site. */
const SESSION_HEADER = "x-agonus-session";

const TOKEN = /^[\w-]{43}$/;

const isSecure = (c: HttpContext) => c.req.url.startsWith("https:");
/** Browsers accept a `__Host-` cookie only with Secure, without a domain (this host alone) and with the path "/". */
const cookieName = (c: HttpContext) => (isSecure(c) ? "__Host-agonus" : "agonus");

/** Returns when the session ends. No cookie is set when the session and its audit row can't be stored. */
export async function openSession(c: HttpContext, caller: Caller): Promise<string> {
  const { query, newId, newToken, correlationId } = c.get("deps");
  const token = newToken();
  const tokenHash = await hmacHex(c, token, "session");
  const { keyId } = caller;
  const row = { tokenHash, keyId, actor: nameOf(caller), seconds: SESSION_SECONDS, auditId: newId(), correlationId };
  const ends = await openSessionRow(query, row).catch((error: unknown) => {
    throw new CodedError("internal.audit", undefined, undefined, { cause: error });
  });
  put(c, token, SESSION_SECONDS);
  return ends;
}

/** Deletes the session's row, so that a copy of the cookie stops working too. */
export async function endSession(c: HttpContext): Promise<void> {
  const token = tokenOf(c);
  if (token !== null) await endSessionRow(c.get("deps").query, await hmacHex(c, token, "session"));
  put(c, "", 0);
}

function put(c: HttpContext, value: string, maxAge: number): void {
  setCookie(c, cookieName(c), value, { path: "/", httpOnly: true, sameSite: "Strict", secure: isSecure(c), maxAge });
}

/** Null without a well-formed session cookie, or without an operator key: the token's hash depends on the key. */
function tokenOf(c: HttpContext): string | null {
  if (c.get("deps").operatorKey === null || c.req.header("cookie") === undefined) return null;
  const cookie = getCookie(c, cookieName(c));
  return cookie !== undefined && TOKEN.test(cookie) ? cookie : null;
}

export interface Session {
  readonly caller: Caller;
  readonly endsAt: string;
}

/** The request's session. Null without one, for one that has ended or is unknown, and when its key no longer works. */
export async function readSession(c: HttpContext): Promise<Session | null> {
  const token = tokenOf(c);
  if (token === null) return null;
  const row = await readSessionRow(c.get("deps").query, await hmacHex(c, token, "session"));
  if (row === null) return null;
  const { key_id: id, role, name, prefix, agent_id, key_expires_at, ends_at: endsAt } = row;
  if (id === null || role === null || name === null || prefix === null) return { caller: OPERATOR, endsAt };
  return { caller: callerOfKey({ id, role, name, prefix, agent_id, expires_at: key_expires_at }), endsAt };
}

/** Browsers name a request's source in Sec-Fetch-Site or Origin. A request with neither is taken as another site's. */
export function isOwnPage(c: HttpContext): boolean {
  if (c.req.header(SESSION_HEADER) === undefined) return false;
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  if (site !== undefined && site !== "same-origin") return false;
  if (origin !== undefined) return URL.canParse(origin) && new URL(origin).host === new URL(c.req.url).host;
  return site === "same-origin";
}
