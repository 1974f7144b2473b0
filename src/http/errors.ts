/** GET /errors: failures grouped by what went wrong. A group is retried by POST /bulk with its signature as the filter. */
import { Hono } from "hono";
import { z } from "zod";
import { ERRORS_LOOKED_AT, errorGroups } from "../db/statements/task-errors.ts";
import { requireOperator } from "./auth.ts";
import type { HttpEnv } from "./context.ts";
import { queryOf } from "./inputs.ts";
import { idKey, page, pageFields, readCursor } from "./paging.ts";
import { filterFields } from "./task-filter.ts";

export const errorListQuery = z.strictObject({ ...pageFields, name: filterFields.name, since: filterFields.since });

export const errorRoutes = new Hono<HttpEnv>().get("/errors", requireOperator, queryOf(errorListQuery), async (c) => {
  const { limit, cursor, name = null, since = null } = c.req.valid("query");
  const list = `errors ${JSON.stringify([name, since])}`;
  const before = readCursor(cursor, list, idKey)?.[0] ?? null;
  const rows = await errorGroups(c.get("deps").query, { name, since, before, limit: limit + 1 });
  const groups = page(
    rows,
    limit,
    list,
    (row) => [row.last_id],
    ({ last_id: _, ...group }) => group,
  );
  return c.json({ ...groups, looked_at: ERRORS_LOOKED_AT });
});
