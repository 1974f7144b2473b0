/** Runs one attempt of a claimed task: parses its arguments, keeps its lease, enforces its time limits, stores its outcome. */
import { CodedError, isErrorCode } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import { storable, storableText } from "../core/storable.ts";
import { isFinal, retryDelayMs } from "../core/tasks/retry.ts";
import { databaseFault, isOutOfReach, sqlState } from "../db/errors.ts";
import type { ClaimedTask } from "../db/statements/tasks/claim.ts";
import type { Ending } from "../db/statements/tasks/finish.ts";
import { heartbeat } from "../db/statements/tasks/heartbeat.ts";
import { describeError } from "../log.ts";
import { correlated } from "./correlated.ts";
import { findTask } from "./find-task.ts";
import { Finisher } from "./finisher.ts";
import type { EnginePorts, Outcome, TaskDefinition } from "./task.ts";

/** Why a handler's signal is aborted. */
type Stop = "soft_limit" | "hard_limit" | "cancelled" | "superseded";
const STOPPED = Symbol("stopped");

/** Runs one claimed task to the end of this attempt. An error of the handler is stored, not thrown. */
export async function runClaimed(
  sharedPorts: EnginePorts,
  task: ClaimedTask,
  token: string,
  finisher = new Finisher(sharedPorts.query, token, sharedPorts.by),
): Promise<void> {
  const ports = correlated(sharedPorts, task.correlation_id);
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
  if (outcome.kind === "ended") return log("finished_elsewhere");
  if (stop === "superseded") return log("superseded");
  const ending = endingOf(ports, definition, task, outcome, error);
  const stored = await finisher.finish(task.id, ending).catch((fault: unknown) => {
    // The row can't hold this ending. Another attempt would end the same way, until the task had lost all its leases. So the
    // task fails now.
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
  ports: EnginePorts,
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
  let cutOff: (why: typeof STOPPED) => void = () => {};
  const wasStopped = new Promise<typeof STOPPED>((resolve) => {
    cutOff = resolve;
  });
  const stopFor = (why: Stop) => {
    stop = why;
    controller.abort(new Error(why));
    if (why !== "soft_limit") cutOff(STOPPED);
  };
  const beat = setInterval(() => {
    heartbeat(ports.query, task.id, token, limits.leaseSeconds, progress).then(
      (answer) => {
        if (answer !== "goes_on") stopFor(answer);
      },
      // One failed heartbeat does no harm: the lease outlives three of them.
      (error: unknown) => ports.log({ event: "fault", where: "task.heartbeat", ...describeError(error) }),
    );
  }, limits.heartbeatSeconds * 1000);
  const soft = setTimeout(() => stopFor("soft_limit"), definition.softLimitSeconds * 1000);
  const hard = setTimeout(() => stopFor("hard_limit"), definition.hardLimitSeconds * 1000);
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
    // A handler that ignores its signal is cut off here. The token no longer holds, so its later result is refused.
    running.catch(() => {});
    const outcome = await Promise.race([running, wasStopped]);
    if (outcome !== STOPPED) return { outcome, stop: null, error: null };
    return { outcome: stoppedOutcome(stop), stop, error: null };
  } catch (error) {
    if (stop === "soft_limit") {
      return {
        outcome: { kind: "retry", code: "task.soft_limit", message: "The task passed its soft time limit." },
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
    : { kind: "failure", code: "task.hard_limit", message: "The task passed its hard time limit and was cut off." };
}

/**
 * The outcome that a thrown error leads to. A fault of the platform is retried without spending an attempt. Any other error
 * follows the retry policy.
 */
function thrownOutcome(error: unknown): Outcome {
  if (error instanceof CodedError) return { kind: "retry", code: error.code, message: error.detail };
  const { error: message } = describeError(error);
  if (isOutOfReach(error)) return { kind: "snooze", afterMs: 2000, reason: `the platform failed: ${message}` };
  return { kind: "retry", code: databaseFault(error) === "bad_row" ? "internal.bad_row" : "task.failed", message };
}

/** The stack with a shortened message, so that a long message does not push out the frames. */
function stackOf({ message }: Error, stack: string): string {
  return storableText(message === "" ? stack : stack.replace(message, () => message.slice(0, 200)), 4000);
}

function endingOf(
  ports: EnginePorts,
  definition: TaskDefinition | null,
  task: ClaimedTask,
  outcome: Exclude<Outcome, { kind: "handed_over" | "ended" }>,
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
      throw new Error(`unknown outcome of a task: ${JSON.stringify(never)}`);
    }
  }
}
