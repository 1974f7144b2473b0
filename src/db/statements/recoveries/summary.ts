/** How long recoveries took and how many met the objective: in a window, in the last day and in the last week. */
import { z } from "zod";
import { limits } from "../../../core/limits.ts";
import type { Query } from "../../query.ts";
import { BY_OPERATOR, DONE_AT, FATE, FILTER, RECOVERIES, type RecoveryFilter } from "./list.ts";

// `away` counts from the last sign of life, or from the detection when that is unknown, less the agent's thinking time.
// A recovery under way misses the objective once `away` exceeds it. A decision that the platform lost always misses it.
// A recovery that an operator asked for, or that a pause held up, says nothing about the platform. It is not judged, unless the
// platform lost the decision meanwhile.
const SUMMARY = `
with measured as (
  select v.detected_at, v.cause, v.duplicates_prevented, m.entry_id is not null as missed, ${FATE} as fate,
    held.by_pause, ${BY_OPERATOR} as by_operator,
    extract(epoch from ${DONE_AT} - v.detected_at)::float8 as seconds,
    extract(epoch from ${DONE_AT} - v.interrupted_at)::float8 as interrupted,
    extract(epoch from coalesce(${DONE_AT}, agonus_now()) - coalesce(v.interrupted_at, v.detected_at))::float8
      - case when v.round_id is null then 0 else coalesce(e.thinking_seconds, 0) end as away
  from ${RECOVERIES}
  where ${FILTER} and v.id >= agonus_uuid_at(least(coalesce($4::timestamptz, 'epoch'), agonus_now() - interval '7 days'))),
judged as (
  select *, case when fate = 'lost' then false when cause = 'operator' or by_pause then null when fate = 'back' then away <= $5
    when fate = 'under_way' and away > $5 then false end as met,
    $4::timestamptz is null or detected_at >= $4 as asked from measured)
select count(*) filter (where asked)::int as recoveries,
  count(*) filter (where asked and fate = 'under_way')::int as unfinished,
  jsonb_build_object('p50', percentile_disc(0.5) within group (order by seconds) filter (where asked),
    'p95', percentile_disc(0.95) within group (order by seconds) filter (where asked),
    'max', max(seconds) filter (where asked)) as seconds,
  jsonb_build_object('p50', percentile_disc(0.5) within group (order by interrupted) filter (where asked),
    'p95', percentile_disc(0.95) within group (order by interrupted) filter (where asked),
    'max', max(interrupted) filter (where asked)) as since_interruption,
  count(*) filter (where asked and missed and fate = 'lost')::int as decisions_lost,
  count(*) filter (where asked and missed and fate = 'own')::int as decisions_missed_by_own,
  count(*) filter (where asked and missed and fate = 'own' and by_operator)::int as decisions_missed_by_operator,
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
  /** From the detection to the owed decision, or to the restored state when no decision was owed. */
  seconds: times,
  /** The same from the last sign of life, for the recoveries where that is known. */
  since_interruption: times,
  /** Decisions that the platform lost. */
  decisions_lost: z.number(),
  /** Decisions missed because an agent was too slow or failed, or because of an operator. */
  decisions_missed_by_own: z.number(),
  /** Those of them that an operator's pause or cancelling cost. */
  decisions_missed_by_operator: z.number(),
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
