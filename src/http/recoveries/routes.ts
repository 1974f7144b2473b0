/** GET /recoveries: every recovery of an agent, and how well they meet the objective. */
import { Hono } from "hono";
import { z } from "zod";
import { limits } from "../../core/limits.ts";
import { burn, metShare, recoveryCauses } from "../../core/tasks/recovery.ts";
import { listRecoveries } from "../../db/statements/recoveries/list.ts";
import { type RecoverySummary, readRecoverySummary } from "../../db/statements/recoveries/summary.ts";
import type { HttpEnv } from "../context.ts";
import { timeField, uuidField } from "../request/fields.ts";
import { queryOf } from "../request/inputs.ts";
import { ownId, pageFields, readPageById, unchanged } from "../request/paging.ts";
import { requireViewer } from "../session/rights.ts";

const recoveryListQuery = z.strictObject({
  ...pageFields,
  tournament_id: uuidField.optional(),
  agent_id: uuidField.optional(),
  cause: z.enum(recoveryCauses).optional(),
  since: timeField.optional(),
});

export const recoveryRoutes = new Hono<HttpEnv>().get(
  "/recoveries",
  requireViewer,
  queryOf(recoveryListQuery),
  async (c) => {
    const { tournament_id = null, agent_id = null, cause = null, since = null, ...asked } = c.req.valid("query");
    const filter = { tournamentId: tournament_id, agentId: agent_id, cause, since };
    const { query } = c.get("deps");
    const [recoveries, summary] = await Promise.all([
      readPageById(asked, {
        name: `recoveries ${JSON.stringify([tournament_id, agent_id, cause, since])}`,
        idOf: ownId,
        read: (before, rows) => listRecoveries(query, filter, before, rows),
        toItem: unchanged,
      }),
      readRecoverySummary(query, filter),
    ]);
    return c.json({ ...recoveries, summary: wireSummary(summary) });
  },
);

function wireSummary({ judged: [met, missed], day, week, ...measured }: RecoverySummary) {
  const share = metShare(met, missed);
  return {
    ...measured,
    objective: {
      seconds: limits.recoveryObjectiveSeconds,
      target: limits.recoveryTargetShare,
      met,
      missed,
      share,
      burn: { "24h": burn(...day), "7d": burn(...week) },
    },
  };
}
