/** Ends the task of a webhook whose calls failed, and counts the miss: in one statement, so that it counts once. */
import type { Query } from "../../query.ts";
import { FINISH, finishParams, PLAIN_END } from "../tasks/finish.ts";
import { BLAME } from "./blame.ts";

// The lock on the round keeps out whoever stores a decision, as in end-unanswered.ts: both lock the round first, then entries.
const END = `
with r as (
  select r.*, t.market, t.interval_seconds from rounds r join tournaments t on t.id = r.tournament_id
  where r.id = $11 for no key update of r),
ended as (${FINISH.replace("where t.id = $1", "where exists (select from r) and t.id = $1")}),
${BLAME}
select exists (select from missed where halted_at is not null) as halted`;

export interface FailedCall {
  readonly taskId: string;
  readonly token: string;
  readonly roundId: string;
  readonly code: string;
  readonly message: string;
}

/** `isHalted`: by this miss. */
export async function endCall(query: Query, failed: FailedCall, by: string): Promise<{ readonly isHalted: boolean }> {
  const { taskId, token, roundId, code, message } = failed;
  const ending = { ...PLAIN_END, state: "FAILURE", error: { class: "Outcome", code, message }, why: message } as const;
  const params = [...finishParams(taskId, token, ending, by), roundId];
  const [row] = await query<{ halted: boolean }>(END, params);
  return { isHalted: row?.halted === true };
}
