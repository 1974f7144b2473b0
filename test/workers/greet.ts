import { z } from "zod";
import { defaultRetry } from "../../src/core/tasks/retry.ts";
import { defineTask } from "../../src/tasks/define.ts";

export const greet = defineTask({
  name: "greet",
  description: "Greets somebody by name.",
  returns: "`greeting`.",
  queue: "agents",
  args: z.strictObject({ name: z.string().min(1), times: z.number().int().min(1).max(3).default(1) }),
  result: z.object({ greeting: z.string() }),
  retry: defaultRetry,
  softLimitSeconds: 10,
  hardLimitSeconds: 20,
  async run({ name, times }) {
    return { kind: "success", result: { greeting: `Hello, ${name}! `.repeat(times).trim() } };
  },
});
