/**
 * GET /tournaments/{id}/feed, open to all. The Arena itself accepts the upgrade, because only a socket that an object
 * has accepted can hibernate.
 */
import { Hono } from "hono";
import { z } from "zod";
import { FULL_HEADER } from "../../api/feed.ts";
import { CodedError } from "../../core/error-codes.ts";
import { isTournament } from "../../db/statements/tournaments/is-known.ts";
import type { HttpEnv } from "../context.ts";
import { Problem } from "../problem.ts";
import { addressOf } from "../request/address.ts";
import { idOf, queryOf } from "../request/inputs.ts";

const RETRY_AFTER_SECONDS = "60";

/** `resume` is a token from a frame. A wrong token is no error here: the feed answers with a reset. */
const feedQuery = z.strictObject({ resume: z.string().max(100).optional() });

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
    const { query, web } = c.get("deps");
    if (!(await isTournament(query, id))) throw new CodedError("tournament.not_found");
    const response = await web.watch(id, { resume, address: addressOf(c) });
    if (response.status === 404) throw new CodedError("tournament.not_found");
    if (response.status === 429) {
      const code = response.headers.get(FULL_HEADER) === "address" ? "feed.address_full" : "feed.full";
      throw new Problem(code, undefined, { headers: { "retry-after": RETRY_AFTER_SECONDS } });
    }
    if (response.status !== 101) {
      const cause = new Error(`the Arena answered the upgrade with ${response.status}`);
      throw new CodedError("internal.unavailable", undefined, undefined, { cause });
    }
    return response;
  },
);
