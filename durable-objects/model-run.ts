/**
 * Runs an entry's language model inside its object. While the model thinks, the task's lease is kept. The run goes on under the
 * token of a newer attempt for the same round, so that no step is paid for twice.
 */
import { revokeTask } from "../src/db/statements/tasks/finish.ts";
import { heartbeat } from "../src/db/statements/tasks/heartbeat.ts";
import { logUnknownIds } from "../src/engine/unknown-ids.ts";
import type { Env } from "../src/env.ts";
import { type makePorts, modelSettings } from "../src/ports.ts";
import type { ThinkingJob } from "../src/rounds/ports.ts";
import type { Answer } from "./answer.ts";
import { endLateJob } from "./end-late-job.ts";
import { logObjectFault } from "./object-log.ts";

export interface ModelRun<Job> {
  /** Under whose token the answer is sent. */
  readonly job: Job;
  /** Null: the round is over, or the task was taken away. */
  readonly answer: Answer | null;
}

/** `current`: the job as it is stored now. Null when another round's job has taken its place. */
export async function runModel<Job extends ThinkingJob>(
  env: Env,
  ports: ReturnType<typeof makePorts>,
  job: Job,
  current: () => Promise<Job | undefined>,
): Promise<ModelRun<Job> | null> {
  const taken = new AbortController();
  const beat = async () => {
    const now = await current();
    if (now?.roundId !== job.roundId) return taken.abort();
    const verdict = await heartbeat(ports.query, now.taskId, now.token, now.leaseSeconds, null);
    if (verdict === "goes_on" || (await current())?.token !== now.token) return;
    // A cancelled task is ended now, without waiting for the end of its lease: nobody else holds the token.
    if (verdict === "cancelled") await revokeTask(ports.query, now.taskId, now.token, ports.by);
    else await logUnknownIds(ports, "task", [now.taskId]);
    taken.abort();
  };
  // A heartbeat that fails is followed by the next one. If none gets through, the lease runs out and the sweep takes the task.
  const tryToBeat = () => void beat().catch((error: unknown) => logObjectFault(env, "heartbeat", error));
  const timer = setInterval(tryToBeat, (job.leaseSeconds * 1000) / 3);
  // The task may have been taken away before, so nothing is sent before this one is answered.
  const begun = beat();
  begun.catch(() => {});
  try {
    // Loaded when the first model thinks: a Worker without models starts as fast as before.
    const { decideByModel } = await import("../src/rounds/models/decide-by-model.ts");
    const world = { ...ports, models: modelSettings(env), fetch: (url: string, init: RequestInit) => fetch(url, init) };
    const answer = await decideByModel(world, job, taken.signal, begun);
    // Meanwhile another attempt may have come for the same round: the answer is sent under its token.
    const last = await current();
    if (last?.roundId !== job.roundId) return null;
    if (answer.kind === "over") {
      await endLateJob(env, last);
      return { job: last, answer: null };
    }
    const { choice, fault } = answer;
    return { job: last, answer: { choice, ...(fault === null ? {} : { fault }) } };
  } finally {
    clearInterval(timer);
  }
}
