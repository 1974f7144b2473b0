/** Closes an open round: live at its deadline, always; a replay when everybody has decided or spent the attempts. */
import type { Query } from "../../query.ts";
import { ITS_TASK } from "../tasks/of-key.ts";

const CLOSE = `
update rounds r set state = 'closed', closed_at = agonus_now(), sent_at = null, sends = 0
where r.id = $1 /* guard close-state */ and r.state = 'open' /* end */ and (
  /* guard close-deadline */ agonus_now() >= r.deadline_at /* end */
  or (r.deadline_at = 'infinity' and r.participants <=
      (select count(*) from decisions d where d.round_id = r.id)
      + (select count(*) from task_keys k ${ITS_TASK}
         where agonus_is_decision_of(k.key, r.id) and x.state in ('FAILURE', 'REVOKED')
           and not exists (select from decisions d where d.round_id = r.id and d.entry_id = x.entry_id))))
returning r.id`;

export async function closeRound(query: Query, roundId: string): Promise<boolean> {
  return (await query(CLOSE, [roundId])).length > 0;
}
