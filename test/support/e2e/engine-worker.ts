/** What engine-tasks.test.ts deploys: the real Worker with tasks that fail, sleep and hang as their arguments say. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { CodedError, isErrorCode } from "../../../src/core/error-codes.ts";
import type { RetryPolicy } from "../../../src/core/tasks/retry.ts";
import type { Attempt, Outcome } from "../../../src/engine/task.ts";
import { defineTask, type TaskPorts } from "../../../src/tasks/define.ts";
import { taskRegistry } from "../../../src/tasks/registry.ts";
import { createWorker } from "../../../src/worker.ts";

export { Arena, Beat, TradingAgent, Venue } from "../../../src/index.ts";

/** 1, 2, 3 s: the third would be 4 without its cap. */
const policy: RetryPolicy = {
  retries: 3,
  baseSeconds: 1,
  factor: 2,
  capSeconds: 3,
  jitterFraction: 0,
  never: ["agent.unknown_strategy"],
};

const flaky = defineTask({
  name: "flaky",
  description:
    "Fails with the first code in its first attempt, with the second in its second, and succeeds when none is left.",
  queue: "agents",
  args: z.strictObject({ codes: z.array(z.string()), mark: z.string().default("") }),
  result: z.object({ attempts: z.number() }),
  retry: policy,
  softLimitSeconds: 60,
  hardLimitSeconds: 120,
  async run({ codes }, _ports, { attempt }) {
    const code = codes[attempt - 1];
    if (code === undefined) return { kind: "success", result: { attempts: attempt } };
    if (isErrorCode(code)) throw new CodedError(code, `attempt ${attempt} had to fail`);
    throw new TypeError(code);
  },
});

const sleepArgs = z.strictObject({
  ms: z.number(),
  /** What it does when its signal is aborted. */
  when_told: z.enum(["ends", "throws", "sleeps_on"]).default("throws"),
});
const sleepResult = z.object({ told: z.string().nullable() });

/** One that sleeps on enqueues a `quick` when it wakes, so that it is seen that it did. */
async function dream(
  { ms, when_told }: z.infer<typeof sleepArgs>,
  ports: TaskPorts,
  { taskId, signal }: Attempt,
): Promise<Outcome<z.infer<typeof sleepResult>>> {
  try {
    await sleep(ms, undefined, when_told === "sleeps_on" ? {} : { signal });
  } catch (error) {
    if (when_told === "throws") throw error;
    return { kind: "success", result: { told: signal.reason.message } };
  }
  if (when_told === "sleeps_on") await ports.enqueue("quick", { of: `late ${taskId}` });
  return { kind: "success", result: { told: null } };
}

const sleepy = defineTask({
  name: "sleepy",
  description: "Sleeps for longer than it may.",
  queue: "trading",
  args: sleepArgs,
  result: sleepResult,
  retry: { ...policy, retries: 0 },
  softLimitSeconds: 1,
  hardLimitSeconds: 2,
  run: dream,
});

const patient = defineTask({
  ...sleepy,
  name: "patient",
  description: "Sleeps, and may.",
  softLimitSeconds: 60,
  hardLimitSeconds: 120,
});

const quick = defineTask({
  name: "quick",
  description: "Nothing, maybe for a tournament.",
  queue: "trading",
  args: z.strictObject({ of: z.string(), tournament_id: z.uuid().nullable().default(null) }),
  result: z.object({}),
  retry: policy,
  softLimitSeconds: 60,
  hardLimitSeconds: 120,
  subject: ({ tournament_id }) => ({ scope: tournament_id, subject: null }),
  run: async () => ({ kind: "success", result: {} }),
});

export default createWorker({ ...taskRegistry, flaky, sleepy, patient, quick });
