/**
 * The task of an agent from outside. It is due at the end of time (agonus_held), so it is never sent and never claimed: the
 * agent's answer ends it, or the close of its round. The task of a halted entry has failed from the start.
 */
import { decisionRetry, maxAttempts } from "../../../core/tasks/retry.ts";

export const HELD_TASK_COLUMNS = `id, name, queue, state, args, max_attempts, tournament_id, entry_id, key, due_at, never_lost,
    started_at, error, signature, finished_at, history`;

/** Why a task has failed from the start: its error's code and message, and the line of its history. */
interface FailedAtOnce {
  readonly code: string;
  readonly message: string;
  readonly why: string;
}

const HALTED: FailedAtOnce = {
  code: "agent.halted",
  message: "The entry is halted: nobody asks its agent.",
  why: "its entry is halted",
};

/**
 * The columns' values. `k` has the task's id and key, `o` the owing entry with `halted`, and `r` the round with its tournament_id.
 * `by` and `replay` are expressions: who makes the task, and whether its tournament is a replay. The task fails at once where
 * `halted` is true.
 */
export function heldTask(
  { by, replay }: { readonly by: string; readonly replay: string },
  { code, message, why }: FailedAtOnce = HALTED,
): string {
  return `k.task_id, 'run_agent_decision', 'agents', case when o.halted then 'FAILURE' else 'PENDING' end,
    jsonb_build_object('tournament_id', r.tournament_id, 'agent_id', o.agent_id, 'recover_from_crash', true),
    ${maxAttempts(decisionRetry)}, r.tournament_id, o.id, k.key, case when o.halted then agonus_now() else agonus_held() end, ${replay},
    case when o.halted then agonus_now() end,
    case when o.halted then jsonb_build_object('class', 'Outcome', 'code', '${code}', 'message', '${message}') end,
    case when o.halted then '${code}' end,
    case when o.halted then agonus_now() end,
    agonus_history('[]', case when o.halted then 'FAILURE' else 'PENDING' end, 0,
      case when o.halted then '${why}' else 'waits for its agent' end, ${by})`;
}
