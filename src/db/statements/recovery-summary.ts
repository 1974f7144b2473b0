/** How long agents took to be back, and how many met the objective: over a window, and over the last day and week. */
import { z } from "zod";
import { limits } from "../../core/limits.ts";
import type { Query } from "../query.ts";
import { DONE_AT, FILTER, LOST, type RecoveryFilter } from "./recovery-list.ts";

// An agent is away from the last sign of life, where that is known, else from the detection. What is not through counts
// as missed once its time is up. A decision that is owed no more (its round was skipped, its entry withdrawn) counts as neither.
const SUMMARY = `
with measured as (
  select v.detected_at, v.cause, v.duplicates_prevented, ${LOST} as lost, ${DONE_AT} is null as unfinished,
    extract(epoch from ${DONE_AT} - v.detected_at)::float8 as seconds,
    extract(epoch from ${DONE_AT} - v.interrupted_at)::float8 as interrupted,
    extract(epoch from coalesce(${DONE_AT}, agonus_now()) - coalesce(v.interrupted_at, v.detected_at))::float8 as away,
    ${DONE_AT} is null and (coalesce(r.state = 'skipped', false) or e.status <> 'active') as let_go
  from recoveries v join entries e on e.id = v.entry_id left join rounds r on r.id = v.round_id
  where ${FILTER} and v.id >= agonus_uuid_at(least(coalesce($4::timestamptz, 'epoch'), agonus_now() - interval '7 days'))),
judged as (
  select *, case when let_go then null when unfinished and away <= $5 then null else away <= $5 end as met,
    $4::timestamptz is null or detected_at >= $4 as asked from measured)
select count(*) filter (where asked)::int as recoveries,
  count(*) filter (where asked and unfinished and not let_go)::int as unfinished,
  jsonb_build_object('p50', percentile_disc(0.5) within group (order by seconds) filter (where asked),
    'p95', percentile_disc(0.95) within group (order by seconds) filter (where asked),
    'max', max(seconds) filter (where asked)) as seconds,
  jsonb_build_object('p50', percentile_disc(0.5) within group (order by interrupted) filter (where asked),
    'p95', percentile_disc(0.95) within group (order by interrupted) filter (where asked),
    'max', max(interrupted) filter (where asked)) as since_interruption,
  coalesce(sum(lost) filter (where asked), 0)::int as decisions_lost,
  coalesce(sum(duplicates_prevented) filter (where asked), 0)::int as duplicates_prevented,
  jsonb_build_array(count(*) filter (where asked and met), count(*) filter (where asked and not met)) as judged,
  jsonb_build_array(count(*) filter (where detected_at >= agonus_now() - interval '24 hours' and met),
    count(*) filter (where detected_at >= agonus_now() - interval '24 hours' and not met)) as day,
  jsonb_build_array(count(*) filter (where detected_at >= agonus_now() - interval '7 days' and met),
    count(*) filter (where detected_at >= agonus_now() - interval '7 days' and not met)) as week
from judged`;

const times = z.object({ p50: z.number().nullable(), p95: z.number().nullable(), max: z.number().nullable() });
/** [met, missed] */
const verdicts = z.tuple([z.number(), z.number()]);
const rowSchema = z.object({
  recoveries: z.number(),
  unfinished: z.number(),
  /** From the detection to the owed decision, or with nothing owed to the restored state. */
  seconds: times,
  /** From the last sign of life, of those where it is known. */
  since_interruption: times,
  decisions_lost: z.number(),
  duplicates_prevented: z.number(),
  judged: verdicts,
  day: verdicts,
  week: verdicts,
});
export type RecoverySummary = z.infer<typeof rowSchema>;

export async function readRecoverySummary(
  query: Query,
  { tournamentId, agentId, cause, since }: RecoveryFilter,
): Promise<RecoverySummary> {
  const [row] = await query(SUMMARY, [tournamentId, agentId, cause, since, limits.recoveryObjectiveSeconds]);
  return rowSchema.parse(row);
}
