/** Ends an attempt, fenced by its token: a late or superseded one changes nothing. */
import { errorSignature } from "../../core/error-signature.ts";
import { limits } from "../../core/limits.ts";
import type { Query } from "../query.ts";

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

// A cancelling that came too late for a heartbeat ends what would be tried again.
const STATE = `case when t.cancel_requested and $3 in ('RETRY', 'PENDING') then 'REVOKED' else $3::text end`;

const FINISH = `
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
  history = (case when jsonb_array_length(t.history) >= ${limits.historyItemsMax} then t.history - 1 else t.history end) ||
    jsonb_build_array(jsonb_build_object('at', agonus_now(), 'state', ${STATE}, 'attempt', t.attempt, 'why', $8::text) || agonus_signed($9))
where t.id = $1 and t.token = $2 and t.state = 'STARTED' returning t.id`;

/** False when the token no longer holds: the result is refused. */
export async function finishTask(
  query: Query,
  taskId: string,
  token: string,
  ending: Ending,
  by: string,
): Promise<boolean> {
  const rows = await query(FINISH, [
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
  ]);
  return rows.length > 0;
}

/** Ends a cancelled attempt by whoever holds its token. */
export function revokeTask(query: Query, taskId: string, token: string, by: string): Promise<boolean> {
  const ending = { state: "REVOKED", result: null, error: null, afterMs: 0, givesAttemptBack: false } as const;
  return finishTask(query, taskId, token, { ...ending, why: "cancelled while the agent thought" }, by);
}
