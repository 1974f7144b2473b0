/**
 * Counts wrong operator keys by address and audits each of them. The first attempt past the limit is audited once more;
 * later attempts write nothing.
 */
import type { Query } from "../../query.ts";

/** The limit for one minute. The minute begins with the first wrong key. */
const WRONG_KEYS_MAX = 20;
const WINDOW = "interval '60 seconds'";

// `known` only reads: an address past the limit is refused without a lock or a write, so a flood fills no table.
const COUNT = `
with known as (
  select failures, since from wrong_keys where address = $1 and since > agonus_now() - ${WINDOW} and failures > ${WRONG_KEYS_MAX}),
counted as (
  insert into wrong_keys as w (address, failures) select $1, 1 where not exists (select from known)
  on conflict (address) do update set
    failures = case when w.since > agonus_now() - ${WINDOW} then w.failures + 1 else 1 end,
    since = case when w.since > agonus_now() - ${WINDOW} then w.since else excluded.since end
  returning failures, since),
told as (
  insert into audit (id, actor, action, target, details, correlation_id)
  select $2, 'unknown', $3, null, $4::jsonb || jsonb_build_object('outcome',
    case when failures > ${WRONG_KEYS_MAX} then 'too many wrong keys' else 'wrong key' end), $5
  from counted where failures <= ${WRONG_KEYS_MAX + 1})
select failures, greatest(1, ceil(extract(epoch from since + ${WINDOW} - agonus_now())))::int as seconds
from (select * from known union all select * from counted) each`;

export interface WrongKey {
  readonly address: string;
  readonly action: string;
  readonly details: Record<string, unknown>;
  readonly auditId: string;
  readonly correlationId: string;
}

/** Seconds until the address's count starts again. Null while the address is within the limit. */
export async function countWrongKey(query: Query, wrong: WrongKey): Promise<number | null> {
  const { address, auditId, action, details, correlationId } = wrong;
  const rows = await query<{ failures: number; seconds: number }>(COUNT, [
    address,
    auditId,
    action,
    JSON.stringify(details),
    correlationId,
  ]);
  const [row] = rows;
  return row && row.failures > WRONG_KEYS_MAX ? row.seconds : null;
}
