/** An outside agent's answer: fenced by its task's token and its entry's version, then stored like any other. */
import { lateDecision } from "../../core/late-decision.ts";
import { limits } from "../../core/limits.ts";
import { decisionRetryDelayMs } from "../../core/phases.ts";
import { decisionRetry, retryDelayMs } from "../../core/tasks/retry.ts";
import { readDecisionContext } from "../../db/statements/decisions/context.ts";
import { type Ending, finishTask, PLAIN_END, revokeTask } from "../../db/statements/tasks/finish.ts";
import { heartbeat } from "../../db/statements/tasks/heartbeat.ts";
import { logUnknownIds } from "../../engine/unknown-ids.ts";
import { answerRow } from "../decide.ts";
import type { Fate } from "../fate.ts";
import type { DecisionReply, RoundPorts } from "../ports.ts";
import { marketAt } from "../request.ts";
import { storeAnswers } from "../store-answers.ts";
import type { AnswerMessage } from "./schemas.ts";

/** Throws on faults of the database only; what the agent did wrong ends in its task. */
export async function takeAnswer(ports: RoundPorts, answer: AnswerMessage): Promise<void> {
  const [context, verdict] = await Promise.all([
    readDecisionContext(ports.query, answer.tournament_id, [answer.entry_id]),
    heartbeat(ports.query, answer.task_id, answer.token, limits.leaseSeconds, null),
  ]);
  const entry = context?.entries[0];
  const alive = verdict === "goes_on";
  if (verdict === "superseded" && (await logUnknownIds(ports, "task", [answer.task_id])).length > 0) return;
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
  const late = () => lateDecision(entry?.thinking_seconds ?? null, context?.interval_seconds ?? 0);
  if (!context || !entry || context.round_id !== answer.round_id || context.due_ms === null) {
    await finish({
      ...PLAIN_END,
      state: "FAILURE",
      error: { class: "Outcome", ...late() },
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
  // The answer of an object that lost its token, or is behind the entry's version, is only compared with the stored one.
  else
    await storeAnswers(
      ports,
      answer.round_id,
      [{ ...made.row, fault: answer.fault ?? null, version: alive ? answer.version : -1 }],
      fates,
    );
  const fate = fates.get(entry.id);
  if (!alive || fate?.kind === "accepted" || !fate) return;
  switch (fate.kind) {
    case "exists":
      await finish({
        ...PLAIN_END,
        state: "SUCCESS",
        result: { outcome: "exists", round: context.number },
        why: "the decision was stored before",
      });
      return;
    case "stale":
      await finish({
        ...PLAIN_END,
        state: "RETRY",
        givesAttemptBack: true,
        why: "the entry changed while the agent thought",
      });
      return;
    case "failed": {
      const { attempt } = await attemptOf(ports, answer.task_id);
      const left = retryDelayMs(decisionRetry, attempt, fate.code, 0) !== null;
      const error = { class: "Outcome", code: fate.code, message: fate.message };
      await finish(
        left
          ? {
              ...PLAIN_END,
              state: "RETRY",
              error,
              afterMs: decisionRetryDelayMs(context.interval_seconds, attempt),
              why: fate.message,
            }
          : { ...PLAIN_END, state: "FAILURE", error, why: `${fate.message} (no attempt left)` },
      );
      return;
    }
    default:
      await finish({
        ...PLAIN_END,
        state: "FAILURE",
        error: { class: "Outcome", ...late() },
        why: "too late",
      });
  }
}

async function attemptOf(ports: RoundPorts, taskId: string): Promise<{ attempt: number }> {
  const [row] = await ports.query<{ attempt: number }>(`select attempt from tasks where id = $1`, [taskId]);
  return row ?? { attempt: 1 };
}
