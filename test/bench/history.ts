/** A long history, written by SQL: finished tasks, and a completed tournament whose decisions all held. */
import { uuidv7 } from "uuidv7";
import type { Query } from "../../src/db/query.ts";
import { manyTasks } from "../support/task-rows.ts";
import type { BenchContext } from "./bench.ts";
import { makeAgents } from "./scene.ts";

/** Writes `tasks` finished tasks over the days before today, so that look-ups, lists and the clean-up meet a full table. */
export async function writeTasks(
  query: Query,
  context: BenchContext,
  tasks: number,
  span: { readonly days: number; readonly newestDay?: number },
): Promise<void> {
  context.print(`  writing ${tasks.toLocaleString("en-US")} finished tasks`);
  await manyTasks(query, { rows: tasks, ...span });
}

/** Writes `decisions` decisions of 2,000 entries, with details and equity points. Foreign keys are off meanwhile. */
export async function writeDecisions(query: Query, context: BenchContext, decisions: number): Promise<void> {
  context.print(`  writing ${decisions.toLocaleString("en-US")} decisions`);
  const agents = await makeAgents(query, 2000, "Past agent");
  const rounds = Math.ceil(decisions / agents.length);
  const id = uuidv7();
  await query(
    `insert into candle_sources (id, kind, name, symbols, interval_seconds, first_open_at, last_open_at)
     values ('files:past', 'files', 'the past', '{BTC-USDT}', 300, '2024-01-01', '2024-12-31')`,
  );
  await query(
    `insert into tournaments (id, name, status, market, candle_source_id, symbols, interval_seconds, starts_at, ends_at, starting_cash,
       rules, rules_hash, started_at, ended_at)
     values ($1, 'The past', 'completed', 'replay', 'files:past', '{BTC-USDT}', 300, '2024-01-02', '2024-12-30', 500, '{}', 'past',
       '2024-01-02', '2024-12-30')`,
    [id],
  );
  await query(
    `insert into entries (id, tournament_id, agent_id, agent_name, strategy, baseline, first_round, cash)
     select gen_random_uuid(), $1, id, name, strategy, false, 0, 500 from agents where id = any($2::uuid[])`,
    [id, agents],
  );
  const step = 50;
  for (let from = 0; from < rounds; from += step) {
    context.signal.throwIfAborted();
    // `true` bounds the setting to this statement's transaction. A session's setting would stay with the pool's connection.
    await query(
      `with quick as materialized (select set_config('session_replication_role', 'replica', true) as set),
       r as (
         insert into rounds (id, tournament_id, number, state, due_at, deadline_at, participants, opened_at, closed_at, quoted_at, settled_at)
         select agonus_uuid_at(due) , $1, n, 'settled', due, 'infinity', $4, due, due, due, due
         from quick, generate_series($2::int, $3::int) n, lateral (select '2024-01-02'::timestamptz + n * interval '300 seconds' as due) x
         returning id, number, due_at),
       d as (
         insert into decisions (round_id, entry_id, outcome, order_count, version, details_hash, decided_at)
         select r.id, e.id, 'held', 0, 0, repeat('0', 64), r.due_at from r, entries e where e.tournament_id = $1),
       x as (
         insert into decision_details (round_id, entry_id, reasoning, confidence)
         select r.id, e.id, 'Nothing moves far enough to act on: holding.', 0.1 from r, entries e where e.tournament_id = $1)
       insert into equity_points (tournament_id, round, entry_id, equity, rank, peak, max_drawdown, returns_count, returns_mean, returns_m2)
       select $1, r.number, e.id, 500, 1, 500, 0, r.number + 1, 0, 0 from r, entries e where e.tournament_id = $1`,
      [id, from, Math.min(rounds, from + step) - 1, agents.length],
    );
  }
  await query("vacuum analyze");
}
