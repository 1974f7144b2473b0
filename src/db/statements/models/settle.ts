/** Notes what a step brought and cost, and gives the rest of its reservation back. A second call changes nothing. */
import type { Query } from "../../query.ts";
import { USED_AGAIN } from "./contents.ts";

export interface SettledStep {
  readonly roundId: string;
  readonly entryId: string;
  readonly step: number;
  readonly attempt: number;
  /** answered: the provider's answer can be taken. failed: it can't, and `code` says why. */
  readonly state: "answered" | "failed";
  readonly code: string | null;
  readonly detail: string | null;
  /** HTTP status. Null: no answer came. */
  readonly status: number | null;
  readonly answerHash: string | null;
  readonly answer: string | null;
  readonly finishReason: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly usd: string | null;
  /** The provider did not count: the tokens are ours to guess. */
  readonly estimated: boolean;
  readonly latencyMs: number;
}

const SETTLE = `
with kept as (
  insert into model_contents (hash, content) select $8, $9 where $8::text is not null
  ${USED_AGAIN}),
settled as (
  update model_steps set state = $5, code = $6, status = $7, answer_hash = $8, finish_reason = $10, input_tokens = $11,
    output_tokens = $12, usd = $13::numeric, estimated = $14, latency_ms = $15, detail = $16, answered_at = agonus_now()
  where round_id = $1 and entry_id = $2 and step = $3 and attempt = $4 /* guard model-settle-once */ and state = 'reserved' /* end */
  returning reserved_tokens, coalesce(reserved_usd, 0) as reserved_usd, coalesce(usd, 0) as usd, input_tokens, output_tokens)
update model_accounts a set usd = a.usd + s.usd, calls = a.calls + 1, input_tokens = a.input_tokens + s.input_tokens,
  output_tokens = a.output_tokens + s.output_tokens,
  held_usd = case when a.round_id = $1 then a.held_usd - s.reserved_usd else a.held_usd end,
  round_usd = case when a.round_id = $1 then a.round_usd - s.reserved_usd + s.usd else a.round_usd end,
  round_tokens = case when a.round_id = $1 then a.round_tokens - s.reserved_tokens + s.input_tokens + s.output_tokens else a.round_tokens end
from settled s where a.entry_id = $2`;

export async function settleStep(query: Query, s: SettledStep): Promise<void> {
  await query(SETTLE, [
    s.roundId,
    s.entryId,
    s.step,
    s.attempt,
    s.state,
    s.code,
    s.status,
    s.answerHash,
    s.answer,
    s.finishReason,
    s.inputTokens,
    s.outputTokens,
    s.usd,
    s.estimated,
    s.latencyMs,
    s.detail,
  ]);
}
