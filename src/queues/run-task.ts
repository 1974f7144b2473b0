/** One attempt of a claimed task: parse, heartbeat, run within its limits, settle the outcome. */
import { CodedError, isErrorCode } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import { isFinal, retryDelayMs } from "../core/retry.ts";
import { storable, storableText } from "../core/storable.ts";
import { databaseFault, isOutOfReach, sqlState } from "../db/errors.ts";
import type { ClaimedTask } from "../db/statements/task-claim.ts";
import type { Ending } from "../db/statements/task-finish.ts";
import { heartbeat } from "../db/statements/task-heartbeat.ts";
import { describeError } from "../log.ts";
import { correlated } from "../tasks/correlated.ts";
import type { Outcome, TaskDefinition, TaskPorts } from "../tasks/define.ts";
import { findTask } from "../tasks/registry.ts";
import { Finisher } from "./finisher.ts";

/** Why a handler's signal is aborted. */
type Stop = "soft_limit" | "hard_limit" | "cancelled" | "superseded";
const STOPPED = Symbol("stopped");

/** Runs one claimed task to the end of this attempt. Never throws on what the handler does. */
export async function runClaimed(
  anyones: TaskPorts,
  task: ClaimedTask,
  token: string,
  finisher = new Finisher(anyones.query, token, anyones.by),
): Promise<void> {
  const ports = correlated(anyones, task.correlation_id);
  const startedAt = ports.now();
  const definition = findTask(ports.tasks, task.name);
  const { outcome, stop, error } = definition
    ? await perform(ports, definition, task, token)
    : {
        outcome: {
          kind: "failure",
          code: "task.unknown_name",
          message: `This version of the code knows no task ${task.name}.`,
        } as const,
        stop: null,
        error: null,
      };
  const log = (name: string, code?: string) =>
    ports.log({
      event: "task",
      name: task.name,
      task_id: task.id,
      attempt: task.attempt,
      outcome: name,
      ...(code ? { code } : {}),
      queue_ms: Math.round(task.queue_ms),
      run_ms: ports.now() - startedAt,
    });
  if (outcome.kind === "handed_over") return log("handed_over");
  if (stop === "superseded") return log("superseded");
  const ending = endingOf(ports, definition, task, outcome, error);
  const stored = await finisher.finish(task.id, ending).catch((fault: unknown) => {
    // A row that can't be stored for ever would be tried until its leases are used up.
    if (sqlState(fault) === null || databaseFault(fault) !== "bad_row") throw fault;
    const refused = { kind: "failure", code: "internal.bad_row", message: describeError(fault).error } as const;
    return finisher.finish(task.id, endingOf(ports, definition, task, refused, fault));
  });
  if (stored && ending.state === "RETRY" && ending.afterMs <= limits.promptRetryMs && definition) {
    await ports.send(definition.queue, [{ type: "tasks", task_ids: [task.id] }], Math.ceil(ending.afterMs / 1000));
  }
  log(stored ? ending.state : "finished_elsewhere", ending.error?.code);
}

async function perform(
  ports: TaskPorts,
  definition: TaskDefinition,
  task: ClaimedTask,
  token: string,
): Promise<{ outcome: Outcome; stop: Stop | null; error: unknown }> {
  const args = definition.args.safeParse(task.args);
  if (!args.success) {
    const path = args.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    return { outcome: { kind: "failure", code: "task.bad_args", message: path }, stop: null, error: null };
  }
  const controller = new AbortController();
  let stop: Stop | null = null;
  let progress: number | null = null;
  let giveUp: (why: typeof STOPPED) => void = () => {};
  const givenUp = new Promise<typeof STOPPED>((resolve) => {
    giveUp = resolve;
  });
  const halt = (why: Stop) => {
    stop = why;
    controller.abort(new Error(why));
    if (why !== "soft_limit") giveUp(STOPPED);
  };
  const beat = setInterval(() => {
    heartbeat(ports.query, task.id, token, limits.leaseSeconds, progress).then(
      (answer) => {
        if (answer !== "goes_on") halt(answer);
      },
      // A heartbeat that doesn't arrive costs nothing yet: the lease outlives three of them.
      (error: unknown) => ports.log({ event: "fault", where: "task.heartbeat", ...describeError(error) }),
    );
  }, limits.heartbeatSeconds * 1000);
  const soft = setTimeout(() => halt("soft_limit"), definition.softLimitSeconds * 1000);
  const hard = setTimeout(() => halt("hard_limit"), definition.hardLimitSeconds * 1000);
  try {
    const running = definition.run(args.data, ports, {
      taskId: task.id,
      attempt: task.attempt,
      token,
      key: task.key,
      signal: controller.signal,
      progress: (share) => {
        progress = Math.min(1, Math.max(0, share));
      },
    });
    // A handler that ignores its signal is cut off here; whatever it says later is refused by the token.
    running.catch(() => {});
    const outcome = await Promise.race([running, givenUp]);
    if (outcome !== STOPPED) return { outcome, stop: null, error: null };
    return { outcome: stoppedOutcome(stop), stop, error: null };
  } catch (error) {
    if (stop === "soft_limit") {
      return {
        outcome: { kind: "retry", code: "task.soft_limit", message: "It passed its soft time limit." },
        stop,
        error,
      };
    }
    return { outcome: thrownOutcome(error), stop, error };
  } finally {
    clearInterval(beat);
    clearTimeout(soft);
    clearTimeout(hard);
  }
}

function stoppedOutcome(stop: Stop | null): Outcome {
  return stop === "cancelled"
    ? { kind: "cancel", reason: "cancelled while it ran" }
    : { kind: "failure", code: "task.hard_limit", message: "It passed its hard time limit and was cut off." };
}

/** What a thrown error means: ours is tried again without spending an attempt, of any other the policy decides by its code. */
function thrownOutcome(error: unknown): Outcome {
  if (error instanceof CodedError) return { kind: "retry", code: error.code, message: error.detail };
  const { error: message } = describeError(error);
  if (isOutOfReach(error)) return { kind: "snooze", afterMs: 2000, reason: `the platform failed: ${message}` };
  return { kind: "retry", code: databaseFault(error) === "bad_row" ? "internal.bad_row" : "task.failed", message };
}

/** The frames, whatever the length of the message that stands before them. */
function stackOf({ message }: Error, stack: string): string {
  return storableText(message === "" ? stack : stack.replace(message, () => message.slice(0, 200)), 4000);
}

function endingOf(
  ports: TaskPorts,
  definition: TaskDefinition | null,
  task: ClaimedTask,
  outcome: Exclude<Outcome, { kind: "handed_over" }>,
  thrown: unknown,
): Ending {
  const base = { result: null, error: null, afterMs: 0, givesAttemptBack: false };
  const errorOf = (code: string, message: string) => ({
    class: thrown instanceof Error ? storableText(thrown.name, 100) : "Outcome",
    code: isErrorCode(code) ? code : "task.failed",
    message: storableText(message, limits.errorCharsMax),
    ...(thrown instanceof Error && thrown.stack ? { stack: stackOf(thrown, thrown.stack) } : {}),
  });
  const why = (text: string) => storableText(text, limits.historyWhyCharsMax);
  switch (outcome.kind) {
    case "success": {
      const result = storable(outcome.result);
      if (result.ok) return { ...base, state: "SUCCESS", result: result.value, why: "done" };
      return { ...base, state: "FAILURE", error: errorOf(result.code, result.message), why: why(result.message) };
    }
    case "failure":
      return { ...base, state: "FAILURE", error: errorOf(outcome.code, outcome.message), why: why(outcome.message) };
    case "cancel":
      return { ...base, state: "REVOKED", why: why(outcome.reason) };
    case "snooze":
      return { ...base, state: "RETRY", afterMs: outcome.afterMs, givesAttemptBack: true, why: why(outcome.reason) };
    case "retry": {
      const error = errorOf(outcome.code, outcome.message);
      const delay = definition ? retryDelayMs(definition.retry, task.attempt, error.code, ports.random()) : null;
      if (delay === null) {
        const final = definition !== null && isFinal(definition.retry, error.code);
        return { ...base, state: "FAILURE", error, why: why(outcome.message + (final ? "" : " (no attempt left)")) };
      }
      return { ...base, state: "RETRY", error, afterMs: outcome.afterMs ?? delay, why: why(outcome.message) };
    }
    default: {
      const never: never = outcome;
      throw new Error(`an outcome that nobody knows: ${JSON.stringify(never)}`);
    }
  }
}
