/** Ends the task of an outside agent that still thinks although its round has closed. The error says whose fault it is. */
import { lateDecision } from "../src/core/late-decision.ts";
import { intervalOfClosed } from "../src/db/statements/rounds/closed.ts";
import { finishTask, PLAIN_END } from "../src/db/statements/tasks/finish.ts";
import type { Env } from "../src/env.ts";
import { makePorts } from "../src/ports.ts";
import type { ThinkingJob } from "../src/rounds/ports.ts";
import { logObjectCall } from "./object-log.ts";

/** False while the round is open: the agent may go on thinking. */
export async function endLateJob(env: Env, job: ThinkingJob): Promise<boolean> {
  const ports = makePorts(env, job.correlationId ?? null);
  const interval = await intervalOfClosed(ports.query, job.roundId);
  if (interval === null) return false;
  const error = { class: "Outcome", ...lateDecision(job.thinkingSeconds, interval) };
  const ending = { ...PLAIN_END, state: "FAILURE", error, why: "its round closed while it thought" } as const;
  await finishTask(ports.query, job.taskId, job.token, ending, ports.by);
  logObjectCall(env, job, "think", "too late");
  return true;
}
