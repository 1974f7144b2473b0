/** Whom a task is about, by name: its agent, its tournament and its round. */
export type TaskAbout = {
  about_agent_id: string | null;
  about_agent: string | null;
  about_tournament_id: string | null;
  about_tournament: string | null;
  about_round: number | null;
};

const UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
/** An argument that is an id. Arguments of older versions may be anything. */
const idIn = (key: string) => `(case when t.args->>'${key}' ~ '${UUID}' then (t.args->>'${key}')::uuid end)`;
const numberIn = (column: string, key: string) =>
  `(case when jsonb_typeof(t.${column}->'${key}') = 'number' then (t.${column}->>'${key}')::float8::int end)`;

/**
 * Columns, and the joins that they need, for a query over tasks `t`. A task without an entry is about what its arguments
 * name, if that exists. The round is the one in the result or the arguments, or the one whose decision is the task's.
 */
export const ABOUT = {
  columns: `ab.agent_id as about_agent_id, ag.name as about_agent, tn.id as about_tournament_id, tn.name as about_tournament,
  coalesce(t.round, ${numberIn("result", "round")}, ${numberIn("args", "round")},
    (select number from rounds dr where dr.id = agonus_decided_round(t.key))) as about_round`,
  joins: `left join entries te on te.id = t.entry_id
cross join lateral (select coalesce(te.agent_id, ${idIn("agent_id")}) as agent_id,
  coalesce(t.tournament_id, te.tournament_id, ${idIn("tournament_id")}) as tournament_id) ab
left join agents ag on ag.id = ab.agent_id
left join tournaments tn on tn.id = ab.tournament_id`,
} as const;

export function wireAbout(row: TaskAbout) {
  const { about_agent_id: agent_id, about_agent: agent, about_tournament_id: tournament_id } = row;
  return {
    agent: agent_id !== null && agent !== null ? { id: agent_id, name: agent } : null,
    tournament:
      tournament_id !== null && row.about_tournament !== null
        ? { id: tournament_id, name: row.about_tournament }
        : null,
    round: row.about_round,
  };
}
