/** GET /inspect/entries: the entries of live tournaments with their signs of life. Operators only. */
import { Hono } from "hono";
import { z } from "zod";
import { entryVerdict } from "../../core/entry-verdict.ts";
import { type LiveEntryRow, liveEntries } from "../../db/statements/entries/inspect.ts";
import type { HttpEnv } from "../context.ts";
import { searchField, uuidField } from "../request/fields.ts";
import { queryOf } from "../request/inputs.ts";
import { pageFields, readPageById } from "../request/paging.ts";
import { requireViewer } from "../session/rights.ts";

const liveEntryQuery = z.strictObject({
  ...pageFields,
  tournament_id: uuidField.optional(),
  q: searchField.optional(),
});

export const inspectEntryRoutes = new Hono<HttpEnv>().get(
  "/inspect/entries",
  requireViewer,
  queryOf(liveEntryQuery),
  async (c) => {
    const { tournament_id: tournamentId = null, q, ...asked } = c.req.valid("query");
    const entries = await readPageById(asked, {
      name: `inspect entries ${JSON.stringify([tournamentId, q])}`,
      idOf: (row: LiveEntryRow) => row.entry_id,
      read: (after, rows) => liveEntries(c.get("deps").query, { tournamentId, q: q || null, after }, rows),
      toItem: wireLiveEntry,
    });
    return c.json(entries);
  },
);

/** `state`: idle owes no decision, owed waits to be run, deciding runs, retrying waits for its next attempt. */
function wireLiveEntry({ resumed_age_seconds, ...row }: LiveEntryRow) {
  const state =
    row.owed_round === null
      ? "idle"
      : row.task_state === "STARTED"
        ? "deciding"
        : row.task_state === "RETRY"
          ? "retrying"
          : "owed";
  return { ...row, state, verdict: entryVerdict({ ...row, state, resumed_age_seconds }) } as const;
}
