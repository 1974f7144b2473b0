/**
 * An operator's session in a browser: a cookie with a signed token that expires, never the key itself. Scripts can't read
 * it, other sites can't send it, and it is good for writes only with what no other site's form or link can add.
 */
import { getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import type { HttpContext } from "./context.ts";
import { readToken, writeToken } from "./signed-token.ts";

export const SESSION_SECONDS = 12 * 3600;
/** Any other site would need our leave to send it (CORS), which nobody has. */
export const SESSION_HEADER = "x-agonus-session";

const session = z.strictObject({ session: z.string(), ends: z.int() });

const isSecure = (c: HttpContext) => c.req.url.startsWith("https:");
/** The prefix makes browsers insist on Secure, on this host alone and on all of its paths. */
const cookieName = (c: HttpContext) => (isSecure(c) ? "__Host-agonus" : "agonus");

/** Returns when it ends, in epoch milliseconds. */
export async function openSession(c: HttpContext): Promise<number> {
  const { web, newId } = c.get("deps");
  const ends = web.now() + SESSION_SECONDS * 1000;
  put(c, await writeToken(c, { session: newId(), ends }, "session"), SESSION_SECONDS);
  return ends;
}

export function dropSession(c: HttpContext): void {
  put(c, "", 0);
}

function put(c: HttpContext, value: string, maxAge: number): void {
  setCookie(c, cookieName(c), value, { path: "/", httpOnly: true, sameSite: "Strict", secure: isSecure(c), maxAge });
}

/** When the session that the request carries ends; null without one, or with one that is over or not ours. */
export async function readSession(c: HttpContext): Promise<number | null> {
  if (c.req.header("cookie") === undefined) return null;
  const cookie = getCookie(c, cookieName(c));
  const { operatorKey, web } = c.get("deps");
  if (!cookie || cookie.length > 1000 || operatorKey === null) return null;
  const parsed = session.safeParse(await readToken(c, cookie, "session"));
  return parsed.success && parsed.data.ends > web.now() ? parsed.data.ends : null;
}

/** A browser says where a request comes from; what it says nothing of is another site's. */
export function isOwnPage(c: HttpContext): boolean {
  if (c.req.header(SESSION_HEADER) === undefined) return false;
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  if (site !== undefined && site !== "same-origin") return false;
  if (origin !== undefined) return URL.canParse(origin) && new URL(origin).host === new URL(c.req.url).host;
  return site === "same-origin";
}
