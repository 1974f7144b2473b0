/** Notes a call of a webhook. The last calls of an agent are kept. */
import type { ErrorCode } from "../../../core/error-codes.ts";
import { limits } from "../../../core/limits.ts";
import type { Query } from "../../query.ts";

export interface NewCall {
  readonly id: string;
  readonly agentId: string;
  /** Null: a test. */
  readonly roundId: string | null;
  readonly attempt: number;
  readonly ms: number;
  readonly status: number | null;
  readonly fault: { readonly code: ErrorCode; readonly message: string } | null;
  readonly answer: string | null;
}

// An agent that was deleted meanwhile has no webhook, and then nothing is stored.
const STORE = `
with stored as (
  insert into webhook_calls (id, agent_id, round_id, attempt, ms, status, code, detail, answer)
  select $1, w.agent_id, $3, $4, $5, $6, $7, $8, $9 from webhooks w where w.agent_id = $2 on conflict do nothing)
delete from webhook_calls c using (
  select id from webhook_calls where agent_id = $2 order by id desc offset ${limits.webhookCallsKept - 1}) old
where c.id = old.id`;

export async function storeCall(query: Query, call: NewCall): Promise<void> {
  await query(STORE, [
    call.id,
    call.agentId,
    call.roundId,
    call.attempt,
    Math.round(call.ms),
    call.status,
    call.fault?.code ?? null,
    call.fault?.message ?? null,
    call.answer,
  ]);
}
