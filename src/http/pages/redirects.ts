/** Paths of the API that a person types: a browser is sent to the page that shows the same, everything else gets JSON. */
import { Hono } from "hono";
import type { HttpContext, HttpEnv } from "../context.ts";
import { wantsPage } from "./routes.ts";

/** API path → page. What lies below one of them (a leaderboard, a history) has no page of its own and stays JSON. */
const pageOf = {
  "/agents": "/a",
  "/agents/:id": "/a/:id",
  "/tournaments": "/",
  "/tournaments/:id": "/t/:id",
  "/trades": "/",
  "/tasks": "/ops/tasks",
  "/tasks/:id": "/ops/tasks/:id",
  "/errors": "/ops/errors",
  "/bulk": "/ops/bulk",
  "/bulk/:id": "/ops/bulk/:id",
  "/audit": "/ops/audit",
  "/queues": "/ops/queues",
  "/dead-letters": "/ops/dead-letters",
  "/schedules": "/ops/schedules",
  "/recoveries": "/ops/recoveries",
  "/consumers": "/ops/consumers",
  "/candle-sources": "/ops/candles",
  "/inspect/registered": "/ops/registered",
} as const;

export const pageRedirects = new Hono<HttpEnv>();

for (const [path, target] of Object.entries(pageOf)) {
  pageRedirects.get(path, async (c, next) => {
    if (wantsPage(c)) {
      c.header("vary", "accept");
      return c.redirect(locationOf(c, target), 303);
    }
    await next();
    // Set last, so that a problem document has it too.
    c.res.headers.append("vary", "accept");
  });
}

function locationOf(c: HttpContext, target: string): string {
  // The id is whatever somebody typed. The list of tasks takes its filter from the address, by the same names.
  const search = target === pageOf["/tasks"] ? new URL(c.req.url).search : "";
  return target.replace(":id", () => encodeURIComponent((c.req.param("id") ?? "").toWellFormed())) + search;
}
