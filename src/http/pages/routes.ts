/**
 * The web app's pages: whichever path, the browser gets the one index.html, and the app shows what the path names. What it
 * loads lies under /assets, named by its hash and kept for a year (public/_headers).
 */
import { Hono } from "hono";
import { accepts } from "hono/accepts";
import { within } from "../../engine/within.ts";
import { describeError } from "../../log.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { type About, aboutPage, withAbout } from "./about.ts";

export const pageRoutes = new Hono<HttpEnv>();

export const pagePaths = [
  "/t/:tournament",
  "/t/:tournament/:agent",
  "/a",
  "/a/:agent",
  "/a/:agent/edit",
  "/ops",
  "/ops/:page",
  "/ops/:page/:id",
  "/docs",
  "/docs/:name",
  "/new",
  "/join",
  "/signin",
] as const;

for (const path of pagePaths) pageRoutes.get(path, (c) => page(c, 200));
pageRoutes.get("/", (c, next) => (wantsPage(c) ? page(c, 200) : next()));

type Accepted = { readonly type: string; readonly q: number };

/** The weight of a type in an Accept header, by its most specific range: 3 names the type, 2 its group, 1 anything. */
function weightOf(accepted: readonly Accepted[], type: string): { q: number; specific: number; at: number } {
  const ranges = [type, `${type.split("/")[0]}/*`, "*/*"];
  for (const [i, range] of ranges.entries()) {
    const at = accepted.findIndex(({ type: named }) => named.toLowerCase() === range);
    if (at >= 0) return { q: accepted[at]?.q ?? 0, specific: 3 - i, at };
  }
  return { q: 0, specific: 0, at: -1 };
}

/** Browsers ask for HTML by name. A client that takes anything (curl) or prefers JSON gets JSON. */
export function wantsPage(c: HttpContext): boolean {
  const supports = ["application/json", "text/html"];
  const match = (accepted: readonly Accepted[]) => {
    const html = weightOf(accepted, "text/html");
    const json = weightOf(accepted, "application/json");
    const named = html.q > 0 && html.specific > 1;
    const first = html.q > json.q || (html.q === json.q && (html.specific > json.specific || html.at < json.at));
    return named && first ? "text/html" : "application/json";
  };
  return accepts(c, { header: "Accept", supports, default: "application/json", match }) === "text/html";
}

/** The app, with a status: an unknown path is a 404 that shows the app. */
export async function page(c: HttpContext, status: 200 | 404): Promise<Response> {
  const file = await c.get("deps").web.file("/index.html");
  if (!file.ok) {
    await file.body?.cancel();
    return c.text("The web app is not built: run `npm run build`.\n", 503);
  }
  const html = withAbout(await file.text(), new URL(c.req.url).origin, status === 200 ? await aboutOf(c) : null);
  return new Response(html, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      // What it names by hash stays for ever; the names themselves are looked up each time.
      "cache-control": status === 200 ? "no-cache" : "no-store",
      vary: "accept",
      "content-security-policy": policy(new URL(c.req.url)),
      // The address of /join has an invite's code.
      "referrer-policy": c.req.path === "/join" ? "no-referrer" : "same-origin",
      "cross-origin-opener-policy": "same-origin",
      "x-frame-options": "DENY",
    },
  });
}

/** So long a page waits for the words of its head. Without the database it must open all the same. */
const ABOUT_WAITS_MS = 500;

async function aboutOf(c: HttpContext): Promise<About | null> {
  const { query, log, correlationId } = c.get("deps");
  try {
    return await within(ABOUT_WAITS_MS, aboutPage(query, c.req.path), null);
  } catch (error) {
    log({ event: "fault", where: "page's head", ...describeError(error), correlation_id: correlationId });
    return null;
  }
}

/** Nothing inline, nothing from elsewhere. Older browsers don't count a WebSocket as 'self'. */
function policy({ protocol, host }: URL): string {
  const socket = `${protocol === "https:" ? "wss" : "ws"}://${host}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${socket}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
  ].join("; ");
}

/** A file of the app, named by its hash, with the headers that it has; null for one that isn't there: those are of no year. */
export async function assetFile(c: HttpContext): Promise<Response | null> {
  if (c.req.method !== "GET" && c.req.method !== "HEAD") return null;
  const { path } = c.req;
  if (!/^\/assets\/[\w.-]{1,200}$/.test(path)) return null;
  const file = await c.get("deps").web.file(path, c.req.header("if-none-match"));
  if (file.ok || file.status === 304) return file;
  await file.body?.cancel();
  return null;
}

/** A file that lies beside index.html (an icon, a manifest); null for anything else. */
export async function rootFile(c: HttpContext): Promise<Response | null> {
  if (c.req.method !== "GET" && c.req.method !== "HEAD") return null;
  const { path } = c.req;
  if (!/^\/[\w-]+\.(svg|png|ico|js|css|txt|webmanifest)$/.test(path)) return null;
  const file = await c.get("deps").web.file(path);
  if (file.ok) {
    const headers = new Headers(file.headers);
    headers.set("cache-control", "public, max-age=3600");
    return new Response(file.body, { status: 200, headers });
  }
  await file.body?.cancel();
  return null;
}
