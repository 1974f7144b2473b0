/** The full audit: every invariant over all rows, and the ledger. */
import type { Query } from "../../src/db/query.ts";
import { dueTimes } from "../../src/engine/schedules/due.ts";
import { checkLedger } from "../../src/ledger/check-ledger.ts";
import { schedules } from "../../src/tasks/schedules.ts";
import type { Operator } from "./operator.ts";

type Found = { text: string };

/** Each query returns a row for each violation. */
const statements: readonly string[] = [
  `select format('round %s has %s participants and %s entries that could decide', r.number, r.participants, c.n) as text
   from rounds r cross join lateral (select count(*) as n from entries e where e.tournament_id = r.tournament_id
     and e.first_round <= r.number and coalesce(e.last_round, r.number) >= r.number) c
   where r.state in ('closed', 'quoted', 'settled') and c.n <> r.participants`,
  `select format('round %s: %s decided, %s missed it with a reason, of %s', r.number, d.n, m.n, r.participants) as text
   from rounds r
   cross join lateral (select count(*) as n from decisions d where d.round_id = r.id) d
   cross join lateral (select count(*) as n from missed_decisions m where m.round_id = r.id and m.reason is not null) m
   where r.state in ('closed', 'quoted', 'settled') and d.n + m.n <> r.participants`,
  `select format('%s has %s trades for one order', entry_id, count(*)) as text from trades group by round_id, entry_id, seq
   having count(*) > 1`,
  `select format('a decision of %s at %s, after the close of round %s', d.entry_id, d.decided_at, r.number) as text
   from decisions d join rounds r on r.id = d.round_id where d.decided_at > r.closed_at`,
  `select format('task %s is %s with %s attempts of %s', id, state, attempt, max_attempts) as text
   from tasks where attempt > max_attempts`,
  `select format('key %s has no task', key) as text from task_keys k where not exists (select from tasks t where t.id = k.task_id)`,
  `select format('%s tasks are %s, the roll-up counts %s', t.n, s.state, coalesce(c.n, 0)) as text
   from unnest(array['PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED']) s(state)
   cross join lateral (select count(*) as n from tasks where state = s.state) t
   left join lateral (select sum(tasks) as n from task_counts where state = s.state) c on true
   where t.n <> coalesce(c.n, 0)`,
  `select format('rounds of tournament %s are not without a gap', tournament_id) as text
   from rounds group by tournament_id having max(number) + 1 <> count(*)`,
  `select format('two rounds of tournament %s are under way', tournament_id) as text
   from rounds where state in ('open', 'closed', 'quoted') group by tournament_id having count(*) > 1`,
  // A cancel drops the orders of its round in a second statement: `unfinished` waits for it.
  `select format('order %s of %s is open in a round that is %s', o.seq, o.entry_id, r.state) as text
   from orders o join rounds r on r.id = o.round_id join tournaments t on t.id = r.tournament_id
   where o.state = 'open' and r.state in ('settled', 'skipped') and t.status <> 'cancelled'`,
  // A recovery that came second raises nothing: its two versions are equal, and it is not counted.
  `select format('%s was recovered %s times by %s recoveries', e.id, e.recoveries, c.n) as text
   from entries e cross join lateral (select
     (select count(*) from recoveries v where v.entry_id = e.id and v.cause <> 'lease' and v.to_version > v.from_version)
     + (select count(*) from sim_recoveries s where s.entry_id = e.id) as n) c
   where e.recoveries <> c.n`,
  `select format('%s tasks have the key %s', count(*), key) as text from tasks where key is not null group by key having count(*) > 1`,
  `select format('the decision of %s in round %s has %s orders and %s rows', d.entry_id, r.number, d.order_count, c.n) as text
   from decisions d join rounds r on r.id = d.round_id
   cross join lateral (select count(*) as n from orders o where o.round_id = d.round_id and o.entry_id = d.entry_id) c
   where c.n <> d.order_count`,
  `select format('the platform made %s miss round %s of a replay', m.entry_id, m.round) as text from missed_decisions m
   join tournaments t on t.id = m.tournament_id where t.market = 'replay' and m.reason = 'task.lost'`,
  `select format('%s of %s entries were taken for crashed at once', c.n, e.n) as text
   from (select count(*) as n from tasks where name = 'recover_agent_state' and args->>'cause' = 'stale'
     group by date_trunc('minute', created_at)) c
   cross join (select count(*) as n from entries where status = 'active') e where c.n > greatest(1, 0.2 * e.n)`,
  `select format('tick %s of %s fired and has no task', due_at, schedule) as text
   from ticks where outcome in ('fired', 'late') and not exists (select from tasks t where t.id = task_id)`,
];

export interface AuditOptions {
  /** When the last sweep was carried out. A lease that ran out before it must be gone. Epoch milliseconds. */
  readonly lastSweepMs: number;
}

/** Answers one sentence for each violation. */
export async function audit(query: Query, operator: Operator | null, options: AuditOptions): Promise<string[]> {
  const violations: string[] = [];
  const add = (rows: readonly Found[]) => violations.push(...rows.map(({ text }) => text));
  add(await query<Found>(statements.map((text) => `(${text})`).join("\nunion all\n")));
  add(
    await query<Found>(
      `select format('task %s (%s) is STARTED, and its lease ran out at %s, before the last sweep', id, name, lease_until) as text
       from tasks where state = 'STARTED' and lease_until < to_timestamp($1::float8 / 1000)`,
      [options.lastSweepMs],
    ),
  );
  violations.push(...(await gapsInTicks(query)));
  if (operator) violations.push(...(await promises(query, operator)));
  const ledger = await checkLedger(query);
  for (const error of ledger.errors.slice(0, 5)) violations.push(`ledger: ${error.sentence}`);
  return violations;
}

/** Every due time between a schedule's first tick and its last one has its row. */
async function gapsInTicks(query: Query): Promise<string[]> {
  const rows = await query<{ schedule: string; due: number[] }>(
    `select schedule, jsonb_agg(agonus_ms(due_at) order by due_at) as due from ticks where fired_by <> 'operator' group by schedule`,
  );
  return rows.flatMap(({ schedule, due }) => {
    const known = schedules.find(({ name }) => name === schedule);
    const [first, last] = [due[0], due.at(-1)];
    if (!known || first === undefined || last === undefined) return [`ticks of ${schedule}, which is no schedule`];
    const missing = dueTimes(known, first, last).filter((ms) => !due.includes(ms));
    return missing.map((ms) => `the tick of ${schedule} at ${new Date(ms).toISOString()} has no row`);
  });
}

/** Everything that a client was told must still be true. */
async function promises(query: Query, operator: Operator): Promise<string[]> {
  const ids = [...operator.tasks.keys()];
  const rows = await query<{ id: string }>(`select id from tasks where id = any($1::uuid[])`, [ids]);
  const there = new Set(rows.map(({ id }) => id));
  const gone = ids.filter((id) => !there.has(id)).map((id) => `task ${id} was promised and is gone`);
  const tournaments = await query<{ id: string; status: string }>(`select id, status from tournaments`);
  const changed = tournaments.flatMap(({ id, status }) => {
    const expected = operator.statuses.get(id);
    return expected !== undefined && expected !== status
      ? [`tournament ${id} was told to be ${expected} and is ${status}`]
      : [];
  });
  return [...gone, ...changed];
}

/**
 * Two checks for the end of a history. A run of a schedule without a tick was fired twice. A cancelled round has no open
 * order; while the history runs it may have one for a moment, when the cancel waited for the order's decision.
 */
export async function leftBehind(query: Query): Promise<string[]> {
  const rows = await query<Found>(
    `select format('task %s (%s) ran for no tick', id, name) as text from tasks t
     where name = any($1::text[]) and history->0->>'by' not like 'operator%'
       -- A clock that died before a schedule's very first row leaves a tick before its ledger began.
       and created_at >= (select min(due_at) from ticks k where k.schedule = t.name)
       and not exists (select from ticks k where k.task_id = t.id)
       -- Crons go on in the calm: one that fires as it ends is about to write its row.
       and created_at < agonus_now() - interval '5 seconds'
     union all
     select format('order %s of %s is open in round %s, which was cancelled', o.seq, o.entry_id, r.number)
     from orders o join rounds r on r.id = o.round_id where o.state = 'open' and r.state = 'skipped'`,
    [schedules.map(({ name }) => name)],
  );
  return rows.map(({ text }) => text);
}

/** Answers what is still on its way after the last fault. The answer is empty when everything is done. */
export async function unfinished(query: Query, nowMs: number, graceMs: number): Promise<string[]> {
  const rows = await query<Found>(
    `select format('task %s (%s) is %s, due at %s', id, name, state, due_at) as text from tasks
     where state in ('PENDING', 'RETRY', 'STARTED') and due_at < to_timestamp($1::float8 / 1000)
     union all
     select format('task %s waits for its agent, and its round %s is %s', t.id, r.number, r.state)
     from tasks t join rounds r on r.id = agonus_decided_round(t.key)
     where t.state in ('PENDING', 'RETRY') and t.due_at >= agonus_held() and r.state in ('settled', 'skipped')
     union all
     select format('round %s of %s is %s, its deadline was %s', r.number, r.tournament_id, r.state, r.deadline_at)
     from rounds r join tournaments t on t.id = r.tournament_id
     where r.state in ('open', 'closed', 'quoted') and (r.deadline_at < to_timestamp($1::float8 / 1000) or t.market = 'replay')
     union all
     select format('tournament %s is %s and ended at %s', id, status, ends_at) from tournaments
     where market <> 'replay' and status in ('upcoming', 'live') and ends_at < to_timestamp($1::float8 / 1000)
       and exists (select from entries e where e.tournament_id = tournaments.id)
     union all
     select format('order %s of %s is open in a round that was cancelled', o.seq, o.entry_id)
     from orders o join rounds r on r.id = o.round_id where o.state = 'open' and r.state = 'skipped'
     union all
     select format('the replay %s is %s', id, status) from tournaments where market = 'replay' and status in ('live', 'paused')`,
    [nowMs - graceMs],
  );
  return rows.map(({ text }) => text);
}
