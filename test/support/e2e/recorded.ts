/** What is recorded of each entry of a tournament. */
import type { Query } from "../../../src/db/query.ts";

export interface RecordedEntry {
  readonly agent: string;
  /** How its decisions came; null: by a strategy of ours. */
  readonly door: string | null;
  readonly decided: number;
  readonly missed: readonly (readonly [round: number, reason: string])[];
}

/** By which doors each entry decided how often, and which rounds it missed for which reasons. */
export async function recordedOf(query: Query, tournamentId: string): Promise<RecordedEntry[]> {
  return query<RecordedEntry & Record<string, unknown>>(
    `select e.agent_name as agent, string_agg(distinct x.door, ' ') as door, count(d.outcome)::int as decided,
       coalesce(jsonb_agg(jsonb_build_array(r.number, m.reason)) filter (where m.reason is not null), '[]') as missed
     from entries e join rounds r on r.tournament_id = e.tournament_id
     left join decisions d on d.round_id = r.id and d.entry_id = e.id
     left join decision_details x on x.round_id = r.id and x.entry_id = e.id
     left join missed_decisions m on m.round_id = r.id and m.entry_id = e.id
     where e.tournament_id = $1 group by 1`,
    [tournamentId],
  );
}
