/**
 * Ends the tasks of agents from outside that gave no answer: at the close of their round, and in a replay when their time is
 * up. Each miss that is the agent's own fault counts; the fifth in a row halts the entry.
 */
import { errorSignature } from "../../../core/tasks/error-signature.ts";
import type { Query } from "../../query.ts";
import { ITS_TASK } from "../tasks/of-key.ts";
import { BLAME } from "./blame.ts";

// The lock on the round keeps out whoever stores a decision: it holds the round for share. A webhook that answered 202 has a task
// that waits in the same way.
const END = `
with r as (
  select r.*, t.market, t.interval_seconds from rounds r join tournaments t on t.id = r.tournament_id
  where r.id = $1 and (r.state in ('closed', 'skipped') or (r.state = 'open' and t.market = 'replay' and agonus_now() >= r.answers_until))
  for no key update of r),
waiting as (
  select x.id from r join task_keys k on agonus_is_decision_of(k.key, r.id) ${ITS_TASK}
  join entries e on e.id = x.entry_id and (e.kind = 'outside' or x.due_at >= agonus_held())
  where x.state in ('PENDING', 'RETRY') order by x.id limit $2),
ended as (
  update tasks x set state = 'FAILURE', finished_at = agonus_now(), signature = $5,
    error = jsonb_build_object('class', 'Outcome', 'code', 'round.no_answer', 'message', $4::text),
    history = agonus_history(x.history, 'FAILURE', x.attempt, 'no decision came before its round closed', $3)
  from waiting w where x.id = w.id and x.state in ('PENDING', 'RETRY') returning x.entry_id),
${BLAME}
select (select count(*) from ended)::int as ended,
  (select coalesce(jsonb_agg(id), '[]') from missed where halted_at is not null) as halted`;

const MESSAGE = "No decision came before the round closed.";

/** How many tasks it ended, at most `most`, and the entries that it halted. */
export async function endUnanswered(
  query: Query,
  roundId: string,
  most: number,
  by: string,
): Promise<{ ended: number; halted: string[] }> {
  const signature = errorSignature("Outcome", "round.no_answer", MESSAGE);
  const [row] = await query<{ ended: number; halted: string[] }>(END, [roundId, most, by, MESSAGE, signature]);
  return row ?? { ended: 0, halted: [] };
}
