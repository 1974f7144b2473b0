/** The audit after the drain, in SQL of its own: it knows the tables and nothing of the engine. */
import type { Query } from "../../src/db/query.ts";
import { checkLedger } from "../../src/ledger/check-ledger.ts";
import type { Load } from "./load.ts";
import type { ModelResult, Models } from "./models.ts";
import type { Network } from "./network.ts";
import type { OutsiderResult, Outsiders } from "./outsiders.ts";
import { type Done, type DueRound, isExcused, quantile, type Recoveries, recoveries, type Struck } from "./recovery.ts";

/** What the last line of a run reports. */
export interface Result {
  readonly faults: Readonly<Record<string, number>>;
  /** Rounds that were opened and settled. */
  readonly rounds: number;
  readonly decisions_owed: number;
  readonly decisions_made: number;
  readonly decisions_held: number;
  readonly decisions_missed_with_reason: number;
  readonly decisions_lost: number;
  readonly misses_without_fault: number;
  readonly decisions_interrupted: number;
  readonly repeats_seen: number;
  readonly trades: number;
  readonly trades_duplicated: number;
  readonly duplicates_prevented: number;
  readonly tasks_stuck: number;
  readonly ledger: { readonly ok: boolean };
  readonly recovery_seconds: { readonly p50: number | null; readonly p95: number | null; readonly max: number | null };
  readonly rounds_skipped: number;
  /** What the agents from outside did wrong, were told, and missed by their own fault. */
  readonly outside: OutsiderResult;
  /** What the server of the language models was asked, and did wrong. */
  readonly models: ModelResult;
}

export interface Audited {
  readonly result: Result;
  /** The broken promises, a sentence each. */
  readonly violations: readonly string[];
  /** Misses and skips that are excused only because a killed process had to start again. */
  readonly whileAway: number;
  /** The longest recovery of each fault, slowest first. */
  readonly slowest: Recoveries["slowest"];
}

const OWED = `
select r.number, e.id as entry_id, e.agent_id, e.kind, e.agent_name, d.outcome, (extract(epoch from d.decided_at) * 1000)::float8 as at_ms, m.reason
from rounds r
join entries e on e.tournament_id = r.tournament_id and e.first_round <= r.number and coalesce(e.last_round, r.number) >= r.number
left join decisions d on d.round_id = r.id and d.entry_id = e.id
left join missed_decisions m on m.round_id = r.id and m.entry_id = e.id
where r.tournament_id = $1 and r.state <> 'skipped' order by r.number, e.id`;

const ROUNDS = `
select number, state, skip_reason, (extract(epoch from due_at) * 1000)::float8 as due_ms
from rounds where tournament_id = $1 order by number`;

/** Queries that must each count nothing. Money is compared to the last digit. */
const LAWS: Readonly<Record<string, string>> = {
  "rounds that never ended": `select count(*)::int as n from rounds where state not in ('settled', 'skipped')`,
  "decisions after their round's close": `select count(*)::int as n from decisions d join rounds r on r.id = d.round_id where d.decided_at > r.closed_at`,
  "rounds whose count of participants is wrong": `select count(*)::int as n from rounds r where state <> 'skipped' and participants <> (
    select count(*) from entries e where e.tournament_id = r.tournament_id and e.first_round <= r.number and coalesce(e.last_round, r.number) >= r.number)`,
  "decisions with other orders than they counted": `select count(*)::int as n from decisions d where order_count <> (
    select count(*) from orders o where o.round_id = d.round_id and o.entry_id = d.entry_id)`,
  "orders without their one end": `select count(*)::int as n from orders o where state not in ('filled', 'refused') or (state = 'filled') <> exists (
    select from trades t where t.round_id = o.round_id and t.entry_id = o.entry_id and t.seq = o.seq)`,
  "entries whose version did not rise by one": `select count(*)::int as n from entries e where version <> recoveries + 2 * (
    select count(distinct o.round_id) from orders o where o.entry_id = e.id and o.refused_at is distinct from 'decision')`,
  "accounts whose cash is not its trades'": `select count(*)::int as n from entries e join tournaments c on c.id = e.tournament_id
    where e.cash <> c.starting_cash + (select coalesce(sum(cash_change), 0) from trades t where t.entry_id = e.id)`,
  "accounts whose positions are not their trades'": `with held as (
      select entry_id, symbol, sum(case side when 'buy' then quantity else -quantity end) as quantity from trades group by 1, 2)
    select count(*)::int as n from held h full join positions p using (entry_id, symbol)
    where coalesce(h.quantity, 0) <> coalesce(p.quantity, 0)`,
  "positions that are not their lots": `select count(*)::int as n from positions p where quantity <> (
    select coalesce(sum(quantity), 0) from lots l where l.entry_id = p.entry_id and l.symbol = p.symbol)`,
  "entries without their equity point": `select count(*)::int as n from rounds r join entries e on e.tournament_id = r.tournament_id
    where r.state = 'settled' and e.first_round <= r.number and not exists (
      select from equity_points p where p.entry_id = e.id and p.round = r.number)`,
  "ticks that nobody accounted for": `
    with grid (schedule, step) as (values ('update_tournament_rankings', 30), ('check_tournament_transitions', 60),
      ('recover_crashed_agents', 120), ('run_all_live_tournament_agents', 300)),
    -- On the grid: a cron that is fired by hand is due when it is fired.
    span as (select schedule, step, to_timestamp(ceil(extract(epoch from min(due_at)) / step) * step) as first, max(due_at) as last
      from grid join ticks using (schedule) group by 1, 2)
    select count(*)::int as n from span, generate_series(first, last, make_interval(secs => step)) due
    where not exists (select from ticks t where t.schedule = span.schedule and t.due_at = due)`,
  // A minute's grace: Beat fires a cron's tick 15 s after the platform didn't.
  "schedules that have stopped": `
    with grid (schedule, step) as (values ('update_tournament_rankings', 30), ('check_tournament_transitions', 60),
      ('recover_crashed_agents', 120), ('run_all_live_tournament_agents', 300)),
    last as (select schedule, to_timestamp(floor((extract(epoch from agonus_now()) - 60) / step) * step) as due from grid)
    select count(*)::int as n from last where due > (select min(due_at) from ticks)
      and not exists (select from ticks t where t.schedule = last.schedule and t.due_at = last.due)`,
};

const UNFINISHED = `select count(*)::int as n from tasks where finished_at is null and due_at < agonus_now()`;
/** Counts attempts beyond a task's first, leases that were given back, and what was sent again. */
const REPEATS = `
select (select coalesce(sum(greatest(attempt - 1, 0)), 0) from tasks)::int
  + (select coalesce(sum(sends), 0) from rounds)::int as n`;

export interface Witness {
  readonly tournamentId: string;
  readonly intervalSeconds: number;
  readonly faults: readonly Struck[];
  readonly network: Network;
  /** How many decisions were owed and undone when a fault struck. */
  readonly interrupted: number;
  /** Tasks that stood in STARTED without a lease for too long, a line each. */
  readonly stuck: readonly string[];
  readonly load: Load;
  readonly outsiders: Pick<Outsiders, "isOwnFault" | "result">;
  readonly models: Pick<Models, "result">;
}

export async function audit(query: Query, witness: Witness): Promise<Audited> {
  const { tournamentId, network, faults } = witness;
  const violations: string[] = [];
  const number = async (sql: string) => (await query<{ n: number }>(sql))[0]?.n ?? 0;
  const owed = await query<{
    number: number;
    entry_id: string;
    agent_id: string;
    kind: string;
    agent_name: string;
    outcome: string | null;
    at_ms: number | null;
    reason: string | null;
  }>(OWED, [tournamentId]);
  const all = await query<{ number: number; state: string; skip_reason: string | null; due_ms: number }>(ROUNDS, [
    tournamentId,
  ]);
  const windowMs = Math.min(150_000, witness.intervalSeconds * 500);
  const due = all.map(
    ({ number: n, due_ms }): DueRound => ({ number: n, dueMs: due_ms, deadlineMs: due_ms + windowMs }),
  );
  const roundOf = new Map(due.map((round) => [round.number, round]));

  const loadOf = (round: DueRound | undefined) =>
    round ? witness.load.between(round.dueMs, round.deadlineMs) : "of no round";
  // The same faults, as if a killed process were back at once.
  const strict = faults.map((fault) => ({ ...fault, endMs: fault.harmedMs }));
  let whileAway = 0;
  let lost = 0;
  let withoutFault = 0;
  const done = new Map<string, Done[]>();
  for (const row of owed) {
    // Recoveries are the platform's. How soon an agent from outside is back is its own matter.
    if (row.kind === "house") {
      const list = done.get(row.entry_id) ?? [];
      done.set(row.entry_id, list);
      if (row.at_ms !== null) list.push({ round: row.number, atMs: row.at_ms });
    }
    if (row.outcome !== null) continue;
    if (row.reason === null) {
      lost++;
      violations.push(`round ${row.number}: ${row.agent_name} neither decided nor missed`);
    }
    if (witness.outsiders.isOwnFault(row.agent_id, row.number)) continue;
    // Five rounds without its provider halt a model, until the run resumes it.
    if (row.kind === "llm" && row.reason === "agent.halted") continue;
    const round = roundOf.get(row.number);
    if (round && isExcused(round, faults)) {
      if (!isExcused(round, strict)) whileAway++;
      continue;
    }
    withoutFault++;
    violations.push(`round ${row.number}: ${row.agent_name} missed without a fault (${row.reason}, ${loadOf(round)})`);
  }
  const skipped = all.filter(({ state }) => state === "skipped");
  for (const row of skipped) {
    const round = roundOf.get(row.number);
    if (round && isExcused(round, faults)) {
      if (!isExcused(round, strict)) whileAway++;
    } else violations.push(`round ${row.number} was skipped without a fault (${row.skip_reason}, ${loadOf(round)})`);
  }

  // What the database has acknowledged must be there, and must have been acknowledged once.
  const stored = new Set(
    (
      await query<{ key: string }>(
        `select 'decision ' || round_id || ' ' || entry_id as key from decisions
         union all select distinct 'fill ' || round_id || ' ' || entry_id from orders where refused_at is distinct from 'decision'`,
      )
    ).map(({ key }) => key),
  );
  const gone = [...network.taken.keys()].filter((key) => !stored.has(key));
  const twice = [...network.taken].filter(([, times]) => times > 1).map(([key]) => key);
  for (const key of gone) violations.push(`committed and gone: ${key}`);
  for (const key of twice) violations.push(`taken twice: ${key}`);
  lost += gone.filter((key) => key.startsWith("decision")).length;

  for (const [law, sql] of Object.entries(LAWS)) {
    const n = await number(sql);
    if (n > 0) violations.push(`${n} ${law}`);
  }
  const unfinished = await number(UNFINISHED);
  if (unfinished > 0) violations.push(`${unfinished} tasks did not end`);
  for (const line of witness.stuck) violations.push(`STARTED without a lease for over 30 s: ${line}`);
  const ledger = await checkLedger(query);
  for (const error of ledger.errors.slice(0, 10)) violations.push(`ledger: ${JSON.stringify(error)}`);

  const recovered = recoveries(faults, due, done);
  if (recovered.never > 0) violations.push(`${recovered.never} entries did nothing more after the last fault`);
  const kinds: Record<string, number> = {};
  for (const { kind } of faults) kinds[kind] = (kinds[kind] ?? 0) + 1;
  const count = (outcome: string) => owed.filter((row) => row.outcome === outcome).length;
  const trades = await number(`select count(*)::int as n from trades`);
  const fillsTwice = twice.filter((key) => key.startsWith("fill")).length;
  return {
    violations,
    whileAway,
    slowest: recovered.slowest,
    result: {
      faults: kinds,
      rounds: all.filter(({ state }) => state === "settled").length,
      decisions_owed: owed.length,
      decisions_made: count("made"),
      decisions_held: count("held"),
      decisions_missed_with_reason: owed.filter((row) => row.outcome === null && row.reason !== null).length,
      decisions_lost: lost,
      misses_without_fault: withoutFault,
      decisions_interrupted: witness.interrupted,
      repeats_seen: network.repeats + (await number(REPEATS)),
      trades,
      trades_duplicated:
        trades - (await number(`select count(*)::int as n from orders where state = 'filled'`)) + fillsTwice,
      duplicates_prevented: network.prevented - twice.length,
      tasks_stuck: unfinished + witness.stuck.length,
      ledger: { ok: ledger.ok },
      recovery_seconds: {
        p50: quantile(recovered.seconds, 0.5),
        p95: quantile(recovered.seconds, 0.95),
        max: quantile(recovered.seconds, 1),
      },
      rounds_skipped: skipped.length,
      outside: witness.outsiders.result,
      models: witness.models.result,
    },
  };
}
