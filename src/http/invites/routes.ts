/** Invites of a tournament: make, list, revoke. */
import { Hono } from "hono";
import { inviteCode } from "../../core/access/invite-code.ts";
import { CodedError } from "../../core/error-codes.ts";
import { sha256Hex } from "../../core/text/canonical.ts";
import type { InviteRow } from "../../db/statements/invites/columns.ts";
import { insertInvite } from "../../db/statements/invites/insert.ts";
import { type ListedInvite, listInvites } from "../../db/statements/invites/list.ts";
import { revokeInvite } from "../../db/statements/invites/revoke.ts";
import type { HttpEnv } from "../context.ts";
import { Problem } from "../problem.ts";
import { secretShown } from "../request/idempotency.ts";
import { idOf, optionalJsonBody, queryOf } from "../request/inputs.ts";
import { ownId, pageQuery, readPageById } from "../request/paging.ts";
import { invalid } from "../request/validation.ts";
import { actorOf } from "../session/caller.ts";
import { requireOperator, requireViewer } from "../session/rights.ts";
import { requireTournament } from "../tournaments/wire.ts";
import { inviteBody } from "./bodies.ts";

const tournamentId = idOf("tournament.not_found");

export const inviteRoutes = new Hono<HttpEnv>()
  .post("/tournaments/:id/invites", requireOperator, tournamentId, optionalJsonBody(inviteBody), async (c) => {
    const { query, newId, newToken, reservedId } = c.get("deps");
    const { uses, expires_at: expiresAt = null } = c.req.valid("json");
    const { id: tournament, status: state, practice_of } = await requireTournament(query, c.req.valid("param").id);
    if (practice_of !== null) throw new CodedError("tournament.wrong_state", "A practice takes no other agents.");
    if (state === "completed" || state === "cancelled") {
      throw new Problem("tournament.wrong_state", `The tournament is ${state} and takes no more entries.`, {
        members: { state },
      });
    }
    const code = inviteCode(newToken());
    const id = reservedId ?? newId();
    const codeHash = await sha256Hex(code);
    const row = await insertInvite(query, {
      id,
      tournamentId: tournament,
      codeHash,
      uses,
      createdBy: actorOf(c),
      expiresAt,
    });
    if (row) {
      c.set("shownSecret", { invite_id: id });
      const url = `${new URL(c.req.url).origin}/join?code=${code}`;
      return c.json({ invite_id: id, code, url, uses, expires_at: row.expires_at }, 201);
    }
    // A request under the same Idempotency-Key made it, and died before its answer: nobody has its code, so it ends.
    if (reservedId !== undefined && (await revokeInvite(query, id))) throw secretShown({ invite_id: id });
    throw invalid([{ path: "expires_at", message: "must be in the future" }]);
  })
  .get("/tournaments/:id/invites", requireViewer, queryOf(pageQuery), tournamentId, async (c) => {
    const { query } = c.get("deps");
    const { id } = await requireTournament(query, c.req.valid("param").id);
    const invites = await readPageById(c.req.valid("query"), {
      name: `invites ${id}`,
      idOf: ownId,
      read: (before, rows) => listInvites(query, id, before, rows),
      toItem: wireInvite,
    });
    return c.json(invites);
  })
  .delete("/invites/:id", requireOperator, idOf("invite.not_found"), async (c) => {
    if (!(await revokeInvite(c.get("deps").query, c.req.valid("param").id))) throw new CodedError("invite.not_found");
    return c.body(null, 204);
  });

function wireInvite({ id, tournament_id, uses, used, joined, ...row }: ListedInvite) {
  const { created_by, created_at, expires_at, revoked_at }: Omit<InviteRow, "id"> = {
    ...row,
    tournament_id,
    uses,
    used,
  };
  return {
    invite_id: id,
    tournament_id,
    uses,
    uses_left: uses - used,
    created_by,
    created_at,
    expires_at,
    revoked_at,
    /** Who came by it: the newest 100. */
    joined,
  };
}
