/** GET /tournaments/{id}/feed: the upgrade goes to the Arena, which accepts it, so that the socket can hibernate. Open to all. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../core/error-codes.ts";
import type { HttpEnv } from "./context.ts";
import { pathId } from "./fields.ts";
import { Problem } from "./problem.ts";
import { parseQuery } from "./validation.ts";

export const tournamentFeedRoutes = new Hono<HttpEnv>();

/** A token as frames have it; one that is wrong is answered by the feed, with a reset. */
export const feedQuery = z.strictObject({ resume: z.string().max(100).optional() });

tournamentFeedRoutes.get("/tournaments/:id/feed", async (c) => {
  const { resume = null } = parseQuery(c, feedQuery);
  const id = pathId(c.req.param("id"), "tournament.not_found");
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
    throw new Problem("request.upgrade_required", undefined, { headers: { upgrade: "websocket" } });
  }
  const response = await c.get("deps").web.watch(id, resume);
  if (response.status === 404) throw new CodedError("tournament.not_found");
  if (response.status !== 101) throw new CodedError("internal.unavailable");
  return response;
});
