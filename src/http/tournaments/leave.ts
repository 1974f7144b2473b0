/** DELETE /tournaments/{id}/agents/{agent_id}: an agent leaves. After the start its entry is withdrawn. */
import { Hono } from "hono";
import { CodedError } from "../../core/error-codes.ts";
import { endOwedByWithdrawn, leaveTournament } from "../../db/statements/entries/leave.ts";
import type { HttpEnv } from "../context.ts";
import { Problem } from "../problem.ts";
import { pathId } from "../request/fields.ts";
import { pathOf } from "../request/inputs.ts";
import { actorOf } from "../session/caller.ts";
import { requireEntryAgentOrOperator } from "../session/rights.ts";
import { wake } from "../wake.ts";

const entryOf = pathOf((c) => ({
  id: pathId(c.req.param("id"), "tournament.not_found"),
  agent_id: pathId(c.req.param("agent_id"), "entry.not_found"),
}));

export const tournamentLeaveRoutes = new Hono<HttpEnv>().delete(
  "/tournaments/:id/agents/:agent_id",
  requireEntryAgentOrOperator,
  entryOf,
  async (c) => {
    const deps = c.get("deps");
    const { id, agent_id } = c.req.valid("param");
    const { status, entry_status, gone, withdrawn } = await leaveTournament(deps.query, id, agent_id);
    if (status === null) throw new CodedError("tournament.not_found");
    // An entry that was withdrawn before is withdrawn still: the repeat of a request whose answer got lost is fine.
    const left = gone || withdrawn || entry_status === "withdrawn";
    if (!left) {
      if (entry_status === null || status === "upcoming") throw new CodedError("entry.not_found");
      // Its orders and equity are part of what the others played against.
      throw new Problem("tournament.wrong_state", `The tournament is ${status}: nobody leaves it any more.`, {
        members: { state: status },
      });
    }
    if (!gone) await endOwedByWithdrawn(deps.query, id, agent_id, actorOf(c));
    await wake(deps, id);
    return c.body(null, 204);
  },
);
