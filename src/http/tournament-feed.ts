/** GET /tournaments/{id}/feed: the upgrade goes to the Arena, which accepts it, so that the socket can hibernate. Open to all. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../core/error-codes.ts";
import type { HttpEnv } from "./context.ts";
import { idOf, queryOf } from "./inputs.ts";
import { Problem } from "./problem.ts";

/** A token as frames have it; one that is wrong is answered by the feed, with a reset. */
export const feedQuery = z.strictObject({ resume: z.string().max(100).optional() });

export const tournamentFeedRoutes = new Hono<HttpEnv>().get(
  "/tournaments/:id/feed",
  queryOf(feedQuery),
  idOf("tournament.not_found"),
  async (c) => {
    const { resume = null } = c.req.valid("query");
    const { id } = c.req.valid("param");
    if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
      throw new Problem("request.upgrade_required", undefined, { headers: { upgrade: "websocket" } });
    }
    const response = await c.get("deps").web.watch(id, resume);
    if (response.status === 404) throw new CodedError("tournament.not_found");
    if (response.status !== 101) throw new CodedError("internal.unavailable");
    return response;
  },
);
