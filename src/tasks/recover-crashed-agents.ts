/** Finds agents that owe a decision and have been silent for too long, and has each recovered. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { defaultRetry } from "../core/tasks/retry.ts";
import { staleEntries } from "../db/statements/entries/stale.ts";
import { defineTask } from "./define.ts";

export const recoverCrashedAgents = defineTask({
  name: "recover_crashed_agents",
  description: "Detects and recovers stale agents.",
  returns:
    "`live`, `stale`, `recovering`, and the `verdict`: `healthy`, `crashed`, or `outage_of_ours` when more than a fifth look stale at once.",
  queue: "recovery",
  args: z.object({}).strict(),
  result: z.object({
    live: z.number().int(),
    stale: z.number().int(),
    recovering: z.number().int(),
    verdict: z.enum(["healthy", "crashed", "outage_of_ours"]),
  }),
  retry: defaultRetry,
  softLimitSeconds: limits.softLimitSeconds,
  hardLimitSeconds: limits.hardLimitSeconds,
  async run(_args, ports) {
    const { stale, stale_count: found, live } = await staleEntries(ports.query, limits.recoveriesPerRunMax);
    // So many at once did not crash by themselves. The rounds send what they owe, and no version is raised.
    if (/* guard stale-share */ found > Math.max(1, live * limits.staleShareMax) /* end */) {
      for (const id of new Set(stale.map((entry) => entry.tournament_id)))
        await ports.wakeArena(id, ports.correlationId);
      return { kind: "success", result: { live, stale: found, recovering: 0, verdict: "outage_of_ours" as const } };
    }
    await ports.enqueueMany(
      "recover_agent_state",
      stale.map(({ tournament_id, agent_id }) => ({ tournament_id, agent_id, cause: "stale" })),
    );
    return {
      kind: "success",
      result: {
        live,
        stale: found,
        recovering: stale.length,
        verdict: stale.length > 0 ? ("crashed" as const) : ("healthy" as const),
      },
    };
  },
});
