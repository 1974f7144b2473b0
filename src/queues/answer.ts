/** An outside agent's answer: fenced by its task's token and its entry's version, then stored like any other. */

import { limits } from "../core/limits.ts";
import type { Message } from "../core/message.ts";
import { decisionRetryDelayMs } from "../core/phases.ts";
import { retryDelayMs } from "../core/retry.ts";
import { readDecisionContext } from "../db/statements/decision-context.ts";
import { type Ending, finishTask, revokeTask } from "../db/statements/task-finish.ts";
import { heartbeat } from "../db/statements/task-heartbeat.ts";
import { answerRow, type Fate, marketAt, storeAnswers } from "../rounds/decide.ts";
import type { DecisionReply } from "../rounds/ports.ts";
import type { TaskPorts } from "../tasks/define.ts";
import { runAgentDecision } from "../tasks/run-agent-decision.ts";
import { sayUnknown } from "./unknown.ts";

type Answer = Extract<Message, { type: "answer" }>;

const plain = { result: null, error: null, afterMs: 0, givesAttemptBack: false } as const;

/** Throws on faults of the database only; what the agent did wrong ends in its task. */
export async function takeAnswer(ports: TaskPorts, answer: Answer): Promise<void> {
  const context = await readDecisionContext(ports.query, answer.tournament_id, [answer.entry_id]);
  const entry = context?.entries[0];
  const verdict = await heartbeat(ports.query, answer.task_id, answer.token, limits.leaseSeconds, null);
  const alive = verdict === "goes_on";
  if (verdict === "superseded" && (await sayUnknown(ports, "task", [answer.task_id])).length > 0) return;
  const finish = async (ending: Ending) => {
    const stored = await finishTask(ports.query, answer.task_id, answer.token, ending, ports.by);
    if (stored && ending.state === "RETRY") {
      await ports.send("agents", [{ type: "tasks", task_ids: [answer.task_id] }], Math.ceil(ending.afterMs / 1000));
    }
  };
  if (verdict === "cancelled") {
    await revokeTask(ports.query, answer.task_id, answer.token, ports.by);
    return;
  }
  if (!context || !entry || context.round_id !== answer.round_id || context.due_ms === null) {
    await finish({
      ...plain,
      state: "FAILURE",
      error: { class: "Outcome", code: "round.late", message: "The round had closed before the answer came." },
      why: "too late",
    });
    return;
  }
  const market = await marketAt(ports, context, context.due_ms);
  const reply: DecisionReply = answer.failed
    ? { kind: "failed", ...answer.failed }
    : { kind: "choice", choice: answer.choice, recovered: false };
  const made = await answerRow(ports, context, entry, market, reply, 0);
  const fates = new Map<string, Fate>();
  if ("fate" in made) fates.set(entry.id, made.fate);
  // A token that no longer holds, or a version that moved on: whoever answered is behind, and its answer is only compared.
  else await storeAnswers(ports, answer.round_id, [{ ...made.row, version: alive ? answer.version : -1 }], fates);
  const fate = fates.get(entry.id);
  if (!alive || fate?.kind === "accepted" || !fate) return;
  switch (fate.kind) {
    case "exists":
      await finish({
        ...plain,
        state: "SUCCESS",
        result: { outcome: "exists", round: context.number },
        why: "the decision was stored before",
      });
      return;
    case "stale":
      await finish({
        ...plain,
        state: "RETRY",
        givesAttemptBack: true,
        why: "the entry changed while the agent thought",
      });
      return;
    case "failed": {
      const { attempt } = await attemptOf(ports, answer.task_id);
      const left = retryDelayMs(runAgentDecision.retry, attempt, fate.code, 0) !== null;
      const error = { class: "Outcome", code: fate.code, message: fate.message };
      await finish(
        left
          ? {
              ...plain,
              state: "RETRY",
              error,
              afterMs: decisionRetryDelayMs(context.interval_seconds, attempt),
              why: fate.message,
            }
          : { ...plain, state: "FAILURE", error, why: `${fate.message} (no attempt left)` },
      );
      return;
    }
    default:
      await finish({
        ...plain,
        state: "FAILURE",
        error: { class: "Outcome", code: "round.late", message: "The round had closed before the answer came." },
        why: "too late",
      });
  }
}

async function attemptOf(ports: TaskPorts, taskId: string): Promise<{ attempt: number }> {
  const [row] = await ports.query<{ attempt: number }>(`select attempt from tasks where id = $1`, [taskId]);
  return row ?? { attempt: 1 };
}
