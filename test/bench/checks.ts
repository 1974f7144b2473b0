/** The checks after every bench: the ledger to the last digit, and the invariants of the engine. */
import type { Query } from "../../src/db/query.ts";
import { foldCounts } from "../../src/db/statements/metrics/fold-counts.ts";
import { checkLedger } from "../../src/ledger/check-ledger.ts";
import type { BenchContext } from "./bench.ts";

/** Queries that must each count nothing. */
const LAWS: Readonly<Record<string, string>> = {
  "rounds of a completed tournament that never ended": `select count(*)::int as n from rounds r join tournaments t on t.id = r.tournament_id
    where t.status = 'completed' and r.state not in ('settled', 'skipped')`,
  "decisions after their round's close": `select count(*)::int as n from decisions d join rounds r on r.id = d.round_id where d.decided_at > r.closed_at`,
  "settled rounds of a replay with another number of decisions than of participants": `select count(*)::int as n from rounds r
    join tournaments t on t.id = r.tournament_id where t.market = 'replay' and r.state = 'settled'
    and r.participants <> (select count(*) from decisions d where d.round_id = r.id)`,
  "decisions with other orders than they counted": `select count(*)::int as n from decisions d
    left join (select round_id, entry_id, count(*) as n from orders group by 1, 2) o using (round_id, entry_id)
    where order_count <> coalesce(o.n, 0)`,
  "orders of settled rounds without their one end": `select count(*)::int as n from orders o join rounds r on r.id = o.round_id and r.state = 'settled'
    left join trades t on t.round_id = o.round_id and t.entry_id = o.entry_id and t.seq = o.seq
    where o.state not in ('filled', 'refused') or (o.state = 'filled') <> (t.id is not null)`,
  "entries whose equity point is missing": `select count(*)::int as n from rounds r join entries e on e.tournament_id = r.tournament_id
    and e.first_round <= r.number and coalesce(e.last_round, r.number) >= r.number
    left join equity_points p on p.tournament_id = r.tournament_id and p.round = r.number and p.entry_id = e.id
    where r.state = 'settled' and p.entry_id is null`,
  "tasks that are due and did not end": `select count(*)::int as n from tasks
    where finished_at is null and due_at < agonus_now() - interval '60 seconds'`,
  "states whose count is not the rows'": `select count(*)::int as n from (
    select state, sum(tasks) as n from task_counts group by 1 having sum(tasks) <> 0) c
    full join (select state, count(*) as n from tasks group by 1) t using (state) where coalesce(c.n, 0) <> coalesce(t.n, 0)`,
};
/** Each decision has one finished task. A history that was written by hand is left out. */
const TASKS = `select (select count(*) from decisions d join rounds r on r.id = d.round_id where r.tournament_id = $1)::int as decisions,
  (select count(*) from tasks where tournament_id = $1 and name = 'run_agent_decision' and state = 'SUCCESS')::int as tasks`;

/** Throws with the wrong rows. The tournaments in `played` must have a finished task for each decision. */
export async function check(
  query: Query,
  context: BenchContext,
  { tournamentIds, played = [] }: { tournamentIds?: readonly string[]; played?: readonly string[] } = {},
): Promise<void> {
  context.print("  checking the ledger and the invariants …");
  const wrong: string[] = [];
  await foldCounts(query);
  for (const [law, text] of Object.entries(LAWS)) {
    const [row] = await query<{ n: number }>(text);
    if (row?.n !== 0) wrong.push(`${row?.n} ${law}`);
  }
  for (const id of played) {
    const [row] = await query<{ decisions: number; tasks: number }>(TASKS, [id]);
    if (row?.decisions !== row?.tasks)
      wrong.push(`tournament ${id} has ${row?.decisions} decisions and ${row?.tasks} finished tasks of them`);
  }
  for (const tournamentId of tournamentIds ?? [undefined]) {
    const ledger = await checkLedger(query, tournamentId === undefined ? {} : { tournamentId });
    if (!ledger.ok)
      wrong.push(`${ledger.failures} wrong values in the ledger: ${JSON.stringify(ledger.errors.slice(0, 5))}`);
    else context.print(`  the ledger is exact: ${ledger.checked} values`);
  }
  if (wrong.length > 0) throw new Error(`What was measured is wrong:\n${wrong.join("\n")}`);
}
