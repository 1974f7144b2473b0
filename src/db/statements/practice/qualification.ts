/** Counts an agent's practices, and keeps what they showed. */
import { limits } from "../../../core/limits.ts";
import type { Query } from "../../query.ts";

export type Qualification = {
  qualified: boolean;
  rounds: number;
  answered: number;
  /** Rounds that closed before an answer came. */
  late: number;
  /** Orders that the rules refused. */
  refused: number;
  reasons: { code: string; count: number }[];
  at: string;
};

const LATE = `('round.no_answer', 'round.late', 'agent.timeout', 'webhook.timeout')`;

// A practice that qualified stands, whatever came later. A hold of a model that did not decide is no answer.
const COUNT = `
with p as materialized (
  select t.id, t.ended_at, t.practice_of, e.id as entry_id
  from tournaments t join entries e on e.tournament_id = t.id and e.agent_id = t.practice_of
  where t.practice_of = any($1::uuid[]) and t.status = 'completed'),
missed as materialized (
  select p.id, m.reason as code from p join missed_decisions m on m.tournament_id = p.id and m.entry_id = p.entry_id),
refused as materialized (
  select p.id, o.code from p join rounds r on r.tournament_id = p.id
  join orders o on o.round_id = r.id and o.entry_id = p.entry_id and o.state = 'refused'),
counted as (
  select p.*, (select count(*)::int from rounds r where r.tournament_id = p.id and r.state = 'settled') as rounds,
    (select count(*)::int from rounds r join decisions d on d.round_id = r.id and d.entry_id = p.entry_id
      where r.tournament_id = p.id and r.state = 'settled' and not exists (select from decision_details x
        where x.round_id = r.id and x.entry_id = p.entry_id and x.fault is not null)) as answered,
    (select count(*)::int from missed m where m.id = p.id and m.code in ${LATE}) as late,
    (select count(*)::int from refused f where f.id = p.id) as refused,
    coalesce((select jsonb_agg(jsonb_build_object('code', x.code, 'count', x.n) order by x.n desc, x.code) from (
      select code, count(*)::int as n from (
        select id, code from missed union all select id, code from refused) y
      where y.id = p.id group by code) x), '[]') as reasons
  from p),
judged as (
  select c.*, c.rounds >= ${limits.qualifyingRoundsMin} and c.answered >= ${limits.qualifyingShareMin} * c.rounds as qualified from counted c),
best as (
  select distinct on (practice_of) * from judged order by practice_of, qualified desc, ended_at desc)
insert into qualifications as q (agent_id, qualified, rounds, answered, late, refused, reasons, at)
select practice_of, qualified, rounds, answered, late, refused, reasons, ended_at from best
on conflict (agent_id) do update set qualified = excluded.qualified, rounds = excluded.rounds, answered = excluded.answered,
  late = excluded.late, refused = excluded.refused, reasons = excluded.reasons, at = excluded.at
where excluded.qualified or not q.qualified`;

/** Keeps what the finished practices of these agents showed. A repeat changes nothing. */
export async function countPractices(query: Query, agentIds: readonly string[]): Promise<void> {
  await query(COUNT, [agentIds]);
}

/** Null for an agent without a finished practice. */
export async function readQualification(query: Query, agentId: string): Promise<Qualification | null> {
  await countPractices(query, [agentId]);
  const [row] = await query<Qualification>(
    `select qualified, rounds, answered, late, refused, reasons, at from qualifications where agent_id = $1`,
    [agentId],
  );
  return row ?? null;
}

/** Which of the agents have not qualified. House agents need no practice. */
export async function readUnqualified(query: Query, agentIds: readonly string[]): Promise<string[]> {
  await countPractices(query, agentIds);
  const rows = await query<{ id: string }>(
    `select a.id from agents a where a.id = any($1::uuid[]) and a.kind <> 'house'
       and not exists (select from qualifications q where q.agent_id = a.id and q.qualified)`,
    [agentIds],
  );
  return rows.map(({ id }) => id);
}

/** Whether the tournament takes only agents that have qualified. */
export async function isForQualified(query: Query, tournamentId: string): Promise<boolean> {
  const rows = await query(`select 1 as yes from tournaments where id = $1 and rules->'qualified_only' = 'true'`, [
    tournamentId,
  ]);
  return rows.length > 0;
}
