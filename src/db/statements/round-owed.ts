/** Who still owes a decision in an open round, and to whom a quoted round still owes fills: entry ids in order. */
import type { Query } from "../query.ts";

// An entry whose decision is a task (it failed once, or an outside agent thinks) is sent again by the sweep, not here.
const DECISIONS = `
select e.id from rounds r
join entries e on e.tournament_id = r.tournament_id and e.status = 'active' and e.first_round <= r.number
  and (e.last_round is null or e.last_round >= r.number)
where r.id = $1 and r.state = 'open'
  and not exists (select from decisions d where d.round_id = r.id and d.entry_id = e.id)
  and not exists (select from task_keys k join tasks x on x.id = k.task_id
    where k.key = 'decide:' || r.id || ':' || e.id and (x.attempt > 0 or x.state <> 'PENDING'))
order by e.id`;

const FILLS = `select distinct entry_id as id from orders where round_id = $1 and state = 'open' order by 1`;

export async function owedDecisions(query: Query, roundId: string): Promise<string[]> {
  return (await query<{ id: string }>(DECISIONS, [roundId])).map((row) => row.id);
}

export async function owedFills(query: Query, roundId: string): Promise<string[]> {
  return (await query<{ id: string }>(FILLS, [roundId])).map((row) => row.id);
}
