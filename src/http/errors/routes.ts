/**
 * GET /errors: failures grouped by what went wrong. POST /bulk retries a group of tasks, with its signature as the filter.
 * The groups of rounds (round.stuck, market.unusable, market.stale, market.doubtful) have no tasks. They stand behind the others on the first page.
 */
import { Hono } from "hono";
import { z } from "zod";
import type { Mending } from "../../core/tasks/mending.ts";
import { ERRORS_LOOKED_AT, type ErrorGroup, errorGroups } from "../../db/statements/tasks/errors.ts";
import type { HttpEnv } from "../context.ts";
import { queryOf } from "../request/inputs.ts";
import { pageFields, readPageById } from "../request/paging.ts";
import { requireViewer } from "../session/rights.ts";
import { filterFields } from "../tasks/filter.ts";
import { mendingOfGroup } from "./group-mending.ts";
import { type ErrorRound, roundErrors } from "./rounds.ts";

const errorListQuery = z.strictObject({
  ...pageFields,
  name: filterFields.name,
  since: filterFields.since,
  signature: filterFields.signature,
});

/** `again` says whether a retry of its tasks may succeed, and `mend` what to do. */
type ErrorItem = Omit<ErrorGroup, "last_id" | "rounds_of"> & Mending & { readonly rounds?: readonly ErrorRound[] };

function wireGroup({ last_id: _, rounds_of, ...group }: ErrorGroup): ErrorItem {
  return { ...group, ...mendingOfGroup({ ...group, rounds_of }) };
}

export const errorRoutes = new Hono<HttpEnv>().get("/errors", requireViewer, queryOf(errorListQuery), async (c) => {
  const { name = null, since = null, signature = null, ...asked } = c.req.valid("query");
  const { query } = c.get("deps");
  const [groups, rounds] = await Promise.all([
    readPageById(asked, {
      name: `errors ${JSON.stringify([name, since, signature])}`,
      idOf: (row: ErrorGroup) => row.last_id,
      read: (before, limit) => errorGroups(query, { name, since, signature, before, limit }),
      toItem: wireGroup,
    }),
    asked.cursor === undefined && name === null && signature === null ? roundErrors(query, since) : [],
  ]);
  return c.json({ ...groups, items: [...groups.items, ...rounds], looked_at: ERRORS_LOOKED_AT });
});
