/** GET /inspect/entries: the entries of live tournaments with their signs of life. Operators only. */
import { Hono } from "hono";
import { z } from "zod";
import { type LiveEntryRow, liveEntries } from "../db/statements/inspect-entries.ts";
import { requireOperator } from "./auth.ts";
import type { HttpEnv } from "./context.ts";
import { searchField, uuidField } from "./fields.ts";
import { queryOf } from "./inputs.ts";
import { idKey, page, pageFields, readCursor } from "./paging.ts";

export const liveEntryQuery = z.strictObject({
  ...pageFields,
  tournament_id: uuidField.optional(),
  q: searchField.optional(),
});

export const inspectEntryRoutes = new Hono<HttpEnv>().get(
  "/inspect/entries",
  requireOperator,
  queryOf(liveEntryQuery),
  async (c) => {
    const { limit, cursor, tournament_id: tournamentId = null, q } = c.req.valid("query");
    const list = `inspect entries ${JSON.stringify([tournamentId, q])}`;
    const after = readCursor(cursor, list, idKey)?.[0] ?? null;
    const rows = await liveEntries(c.get("deps").query, { tournamentId, q: q || null, after }, limit + 1);
    return c.json(page(rows, limit, list, (row) => [row.entry_id], wireLiveEntry));
  },
);

/** `state`: idle owes nothing; owed waits for its turn; deciding runs; retrying waits for its next attempt. */
function wireLiveEntry(row: LiveEntryRow) {
  const state =
    row.owed_round === null
      ? "idle"
      : row.task_state === "STARTED"
        ? "deciding"
        : row.task_state === "RETRY"
          ? "retrying"
          : "owed";
  return { ...row, state } as const;
}
