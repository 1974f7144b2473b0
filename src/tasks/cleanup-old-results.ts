/** Moves what must stay out of old days of tasks, drops those days whole, and makes the days to come. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { defaultRetry } from "../core/retry.ts";
import { cleanUpTasks } from "../db/statements/task-cleanup.ts";
import { defineTask } from "./define.ts";

export const cleanupOldResults = defineTask({
  name: "cleanup_old_results",
  description: "Cleans up old task results: successes after 24 hours, failures after 7 days.",
  queue: "agents",
  args: z
    .object({
      success_hours: z.number().int().min(1).max(8760).default(24),
      failure_hours: z.number().int().min(1).max(8760).default(168),
    })
    .strict(),
  retry: defaultRetry,
  softLimitSeconds: limits.softLimitSeconds,
  hardLimitSeconds: limits.hardLimitSeconds,
  async run({ success_hours, failure_hours }, ports) {
    return { kind: "success", result: { ...(await cleanUpTasks(ports.query, success_hours, failure_hours)) } };
  },
});
