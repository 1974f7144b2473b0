/**
 * The web app's pages: whichever path, the browser gets the one index.html, and the app shows what the path names. What it
 * loads lies under /assets and comes from the platform without the Worker (wrangler.toml: run_worker_first).
 */
import { Hono } from "hono";
import { accepts } from "hono/accepts";
import type { HttpContext, HttpEnv } from "./context.ts";

export const pageRoutes = new Hono<HttpEnv>();

export const pagePaths = [
  "/t/:tournament",
  "/t/:tournament/:agent",
  "/a",
  "/a/:agent",
  "/ops",
  "/ops/:page",
  "/ops/:page/:id",
  "/new",
  "/signin",
] as const;

for (const path of pagePaths) pageRoutes.get(path, (c) => page(c, 200));

/** Browsers ask for HTML first; whatever takes anything gets JSON. */
export function wantsPage(c: HttpContext): boolean {
  const supports = ["application/json", "text/html"];
  return accepts(c, { header: "Accept", supports, default: "application/json" }) === "text/html";
}

/** The app, with a status of its own: a path that nobody knows is a 404 that looks like the rest. */
export async function page(c: HttpContext, status: 200 | 404): Promise<Response> {
  const file = await c.get("deps").web.file("/index.html");
  if (!file.ok) {
    await file.body?.cancel();
    return c.text("The web app is not built: run `npm run build`.\n", 503);
  }
  return new Response(file.body, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      // What it names by hash stays for ever; the names themselves are looked up each time.
      "cache-control": "no-cache",
      vary: "accept",
      "content-security-policy": policy(new URL(c.req.url)),
      "referrer-policy": "same-origin",
      "cross-origin-opener-policy": "same-origin",
      "x-frame-options": "DENY",
    },
  });
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
