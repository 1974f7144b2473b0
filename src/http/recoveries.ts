/** GET /recoveries: every recovery of an agent, and how they stand to the objective. */
import { Hono } from "hono";
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { burn, metShare, recoveryCauses } from "../core/recovery.ts";
import { listRecoveries } from "../db/statements/recovery-list.ts";
import { type RecoverySummary, readRecoverySummary } from "../db/statements/recovery-summary.ts";
import { requireOperator } from "./auth.ts";
import type { HttpEnv } from "./context.ts";
import { timeField, uuidField } from "./fields.ts";
import { queryOf } from "./inputs.ts";
import { idKey, page, pageFields, readCursor } from "./paging.ts";

export const recoveryListQuery = z.strictObject({
  ...pageFields,
  tournament_id: uuidField.optional(),
  agent_id: uuidField.optional(),
  cause: z.enum(recoveryCauses).optional(),
  since: timeField.optional(),
});

export const recoveryRoutes = new Hono<HttpEnv>().get(
  "/recoveries",
  requireOperator,
  queryOf(recoveryListQuery),
  async (c) => {
    const { limit, cursor, ...given } = c.req.valid("query");
    const { tournament_id = null, agent_id = null, cause = null, since = null } = given;
    const list = `recoveries ${JSON.stringify([tournament_id, agent_id, cause, since])}`;
    const before = readCursor(cursor, list, idKey)?.[0] ?? null;
    const filter = { tournamentId: tournament_id, agentId: agent_id, cause, since };
    const { query } = c.get("deps");
    const [rows, summary] = await Promise.all([
      listRecoveries(query, filter, before, limit + 1),
      readRecoverySummary(query, filter),
    ]);
    const items = page(
      rows,
      limit,
      list,
      (row) => [row.id],
      (row) => row,
    );
    return c.json({ ...items, summary: wireSummary(summary) });
  },
);

function wireSummary({ judged: [met, missed], day, week, ...measured }: RecoverySummary) {
  const share = metShare(met, missed);
  return {
    ...measured,
    objective: {
      seconds: limits.recoveryObjectiveSeconds,
      target: limits.recoveryTargetShare,
      ...{ met, missed, share },
      burn: { "24h": burn(...day), "7d": burn(...week) },
    },
  };
}
