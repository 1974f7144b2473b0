/**
 * Recovers one agent: raises its version, so that whatever a lost object still does is fenced off, has its object
 * take account, trades and memory from Postgres, and sends the decision that it owes.
 */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { defaultRetry } from "../core/tasks/retry.ts";
import { readDecisionContext } from "../db/statements/decisions/context.ts";
import { takeBackDecision } from "../db/statements/decisions/take-back.ts";
import { findEntry } from "../db/statements/entries/find.ts";
import { raiseForRecovery, readRecoveries, recoveryKey } from "../db/statements/entries/recover.ts";
import { defineTask } from "./define.ts";
import { entryFailure, entrySubject } from "./entry-task.ts";

export const recoverAgentState = defineTask({
  name: "recover_agent_state",
  description: "Restores an agent's account, trades and memory from the database and sends what it owes.",
  returns:
    "`cause`, `from_version`, `version`, `recoveries`, `restored` (`cash`, `positions`, `trades`, `memory`), `owed_decision`, `sent`, `round` (whose decision was owed), `took_ms` (since it was asked for).",
  keyInWords: "The entry and the number of its earlier recoveries, so that an entry has one recovery at a time.",
  queue: "recovery",
  args: z
    .object({
      tournament_id: z.uuid(),
      agent_id: z.uuid(),
      cause: z.enum(["operator", "stale", "alarm"]).default("operator"),
    })
    .strict(),
  result: z.object({
    cause: z.string(),
    from_version: z.number().int(),
    version: z.number().int(),
    recoveries: z.number().int(),
    restored: z.object({
      cash: z.string(),
      positions: z.record(z.string(), z.string()),
      trades: z.number().int(),
      memory: z.boolean(),
    }),
    owed_decision: z.boolean(),
    sent: z.boolean(),
    /** The round whose decision was owed. Null when no decision was owed. */
    round: z.number().int().nullable(),
    /** Since the detection, over all attempts. */
    took_ms: z.number(),
  }),
  retry: defaultRetry,
  softLimitSeconds: limits.softLimitSeconds,
  hardLimitSeconds: limits.hardLimitSeconds,
  subject: entrySubject,
  /** An entry has one recovery at a time, because its count of recoveries is the last part of the key. */
  async key({ tournament_id, agent_id }, query) {
    const entry = await findEntry(query, tournament_id, agent_id);
    if (!entry) return null;
    return recoveryKey(query, entry.id);
  },
  async run({ tournament_id, agent_id, cause }, ports, attempt) {
    const entry = await findEntry(ports.query, tournament_id, agent_id);
    if (entry?.status !== "active") return entryFailure(entry);
    // The count in the key fences a repeated attempt, so that it does not raise the version twice.
    const expected = Number(attempt.key?.split(":").at(-1) ?? (await readRecoveries(ports.query, entry.id)));
    const raised = await raiseForRecovery(ports.query, entry.id, expected, attempt.taskId);
    const raisedAt = ports.now();
    await ports.agent(entry.id).restore({
      version: raised.version,
      recoveries: raised.recoveries,
      ...(ports.correlationId ? { correlationId: ports.correlationId } : {}),
    });
    const context = await readDecisionContext(ports.query, tournament_id, [entry.id]);
    const restored = context?.entries[0];
    // Nobody asks an agent from outside. Its answer comes by itself.
    const isAsked = restored !== undefined && restored.kind !== "outside";
    const owed = context?.round_id !== null && isAsked && restored.decided === null;
    if (owed && context?.round_id) {
      const claimed = await takeBackDecision(ports.query, entry.id, context.round_id, ports.by);
      await ports.send("agents", [
        claimed !== null
          ? { type: "tasks", task_ids: [claimed] }
          : { type: "decide", tournament_id, entry_ids: [entry.id] },
      ]);
    }
    ports.log({ event: "recovery", entry_id: entry.id, cause, from_version: raised.from_version });
    return {
      kind: "success",
      result: {
        cause,
        from_version: raised.from_version,
        version: raised.version,
        recoveries: raised.recoveries,
        restored: {
          cash: restored?.cash ?? raised.cash,
          positions: restored?.positions ?? {},
          trades: restored?.trades_count ?? raised.trades_count,
          memory: restored?.memory != null,
        },
        owed_decision: owed,
        sent: owed,
        round: owed ? (context?.number ?? null) : null,
        took_ms: Math.round(raised.since_ms + ports.now() - raisedAt),
      },
    };
  },
});
