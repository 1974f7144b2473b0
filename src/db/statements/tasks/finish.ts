/** Ends an attempt, fenced by its token: a late or superseded one changes nothing. */
import { limits } from "../../../core/limits.ts";
import { errorSignature } from "../../../core/tasks/error-signature.ts";
import type { Query } from "../../query.ts";

export interface Ending {
  readonly state: "SUCCESS" | "FAILURE" | "REVOKED" | "RETRY" | "PENDING";
  readonly result: Record<string, unknown> | null;
  readonly error: {
    readonly class: string;
    readonly code: string;
    readonly message: string;
    readonly stack?: string;
  } | null;
  /** RETRY and PENDING: due again after this. */
  readonly afterMs: number;
  /** Platform faults and snoozes spend none. */
  readonly givesAttemptBack: boolean;
  readonly why: string;
}

/** The fields of an ending without a result, an error or a delay. */
export const PLAIN_END = { result: null, error: null, afterMs: 0, givesAttemptBack: false } as const;

// A cancelling that came too late for a heartbeat ends what would be tried again.
const STATE = `case when /* guard cancel-final */ t.cancel_requested /* end */ and $3 in ('RETRY', 'PENDING') then 'REVOKED' else $3::text end`;

/** Parameters $1 to $10. Returns the task's id and entry. */
export const FINISH = `
update tasks t set state = ${STATE}, result = coalesce($4::jsonb, t.result),
  error = case when $5::jsonb is null then (case when $3 = 'SUCCESS' then null else t.error end)
    else $5::jsonb || jsonb_build_object('attempts', (case when jsonb_array_length(t.error->'attempts') >= ${limits.errorAttemptsMax}
      then (t.error->'attempts') - 0 else coalesce(t.error->'attempts', '[]') end) ||
      jsonb_build_array(($5::jsonb - 'stack') || jsonb_build_object('attempt', t.attempt, 'at', agonus_now()))) end,
  signature = case when ${STATE} = 'FAILURE' then $10::text end,
  token = null, lease_until = null, lost_leases = case when $7 then t.lost_leases else 0 end,
  attempt = case when $7 then greatest(0, t.attempt - 1) else t.attempt end,
  due_at = case when ${STATE} in ('RETRY', 'PENDING') then agonus_now() + make_interval(secs => $6::float8 / 1000) else t.due_at end,
  sent_at = case when $3 in ('RETRY', 'PENDING') then null else t.sent_at end,
  sends = case when $3 in ('RETRY', 'PENDING') then 0 else t.sends end,
  progress = case when $3 = 'SUCCESS' then 1 else t.progress end,
  finished_at = case when ${STATE} in ('SUCCESS', 'FAILURE', 'REVOKED') then agonus_now() end,
  history = agonus_history(t.history, ${STATE}, t.attempt, $8::text, $9)
where t.id = $1 and /* guard finish-token */ t.token = $2 /* end */ /* guard finish-state */ and t.state = 'STARTED' /* end */
returning t.id, t.entry_id`;

/** False when the token no longer holds: the result is refused. */
export async function finishTask(
  query: Query,
  taskId: string,
  token: string,
  ending: Ending,
  by: string,
): Promise<boolean> {
  return (await query(FINISH, finishParams(taskId, token, ending, by))).length > 0;
}

export function finishParams(taskId: string, token: string, ending: Ending, by: string): unknown[] {
  return [
    taskId,
    token,
    ending.state,
    ending.result === null ? null : JSON.stringify(ending.result),
    ending.error === null ? null : JSON.stringify(ending.error),
    ending.afterMs,
    ending.givesAttemptBack,
    ending.why,
    by,
    ending.error === null ? null : errorSignature(ending.error.class, ending.error.code, ending.error.message),
  ];
}

/** Ends a cancelled attempt by whoever holds its token. */
export function revokeTask(query: Query, taskId: string, token: string, by: string): Promise<boolean> {
  const ending = { state: "REVOKED", result: null, error: null, afterMs: 0, givesAttemptBack: false } as const;
  return finishTask(query, taskId, token, { ...ending, why: "cancelled while the agent thought" }, by);
}
