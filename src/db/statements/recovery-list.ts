/** GET /recoveries: recoveries of agents, newest first. What came of each is read from decisions and rounds. */
import type { RecoveryCause } from "../../core/recovery.ts";
import type { Query } from "../query.ts";

export interface RecoveryFilter {
  readonly tournamentId: string | null;
  readonly agentId: string | null;
  readonly cause: RecoveryCause | null;
  /** Detected since then. */
  readonly since: string | null;
}

export type RecoveryRow = {
  id: string;
  tournament_id: string;
  entry_id: string;
  agent_id: string;
  agent: string;
  cause: RecoveryCause;
  /** Whose decision was owed; null with nothing owed. */
  round: number | null;
  interrupted_at: string | null;
  detected_at: string;
  restored_at: string | null;
  resumed_at: string | null;
  /** From its detection until it was through; null while it is not. */
  seconds: number | null;
  from_version: number | null;
  to_version: number | null;
  decisions_lost: number;
  duplicates_prevented: number;
  task_id: string | null;
  correlation_id: string | null;
};

/** Of recoveries `v`: when it was through. */
export const DONE_AT = `(case when v.round_id is null then v.restored_at else v.resumed_at end)`;

/** Of recoveries `v`, entries `e` and rounds `r`: owed decisions that it did not bring home before their round closed. */
export const LOST = `(case when v.round_id is not null and r.state in ('closed', 'quoted', 'settled')
    and (e.last_round is null or e.last_round >= r.number)
    and not exists (select from decisions d where d.round_id = v.round_id and d.entry_id = v.entry_id) then 1 else 0 end)`;

/** $1 to $3: tournament, agent, cause. */
export const FILTER = `($1::uuid is null or v.tournament_id = $1) and ($2::uuid is null or e.agent_id = $2)
  and ($3::text is null or v.cause = $3)`;

const LIST = `
select v.id, v.tournament_id, v.entry_id, e.agent_id, e.agent_name as agent, v.cause, r.number as round, v.interrupted_at,
  v.detected_at, v.restored_at, v.resumed_at,
  round(extract(epoch from ${DONE_AT} - v.detected_at), 3)::float8 as seconds,
  v.from_version, v.to_version, ${LOST} as decisions_lost, v.duplicates_prevented, v.task_id, v.correlation_id
from recoveries v join entries e on e.id = v.entry_id left join rounds r on r.id = v.round_id
where ${FILTER} and ($4::timestamptz is null or (v.detected_at >= $4 and v.id >= agonus_uuid_at($4)))
  and ($5::uuid is null or v.id < $5)
order by v.id desc limit $6`;

export async function listRecoveries(
  query: Query,
  { tournamentId, agentId, cause, since }: RecoveryFilter,
  before: string | null,
  limit: number,
): Promise<RecoveryRow[]> {
  return query<RecoveryRow>(LIST, [tournamentId, agentId, cause, since, before, limit]);
}
