import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import { z } from "zod";
import type { HttpEnv } from "../context.ts";
import { takesQuery } from "./inputs.ts";
import { parseQuery } from "./validation.ts";

const nothing = z.strictObject({});

/**
 * Refuses every query of a route that takes none, so that a mistyped name is never ignored. Routes with `queryOf` refuse
 * what they don't know themselves. Runs before all of them, and behind the check of the caller's rights.
 */
export const refuseUnknownQuery = createMiddleware<HttpEnv>(async (c, next) => {
  if (c.req.url.includes("?")) {
    const route = matchedRoutes(c).filter(({ method }) => method !== "ALL");
    const handlers = route.map(({ handler }) => handler);
    if (handlers.length > 0 && !takesQuery(handlers)) parseQuery(c, nothing);
  }
  await next();
});
