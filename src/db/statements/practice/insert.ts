/** Stores a practice: a private tournament with its own copies of house agents. All of it or nothing. */
import type { Query } from "../../query.ts";
import type { NewAgent } from "../agents/insert.ts";
import { NEW_ENTRY_COLUMNS, type NewEntry } from "../entries/join.ts";
import { settingsParams, type TournamentSettings } from "../tournaments/insert.ts";

export interface NewPractice {
  readonly id: string;
  readonly agentId: string;
  readonly settings: TournamentSettings;
  /** The copies of house agents. */
  readonly copies: readonly NewAgent[];
  /** For the agent and for the copies. */
  readonly entries: readonly NewEntry[];
  /** How many may run at a time, and how many one agent may begin within a day. */
  readonly runningMax: number;
  readonly dailyMax: number;
}

export type PracticeStored = {
  made: boolean;
  /** When it was not made: how many ran, how many the agent had begun within a day, and its own that had not ended. */
  running: number;
  today: number;
  own: string | null;
  own_status: "upcoming" | "live" | "paused" | null;
};

const INSERT = `
with n as materialized (select * from agonus_practices($13)),
t as (
  insert into tournaments (id, market, name, candle_source_id, symbols, interval_seconds, starts_at, ends_at,
    starting_cash, rules, rules_hash, prize_pool, practice_of)
  select $1::uuid, 'replay', $2, $3, array(select jsonb_array_elements_text($4::jsonb)), $5::int, $6::timestamptz,
    $7::timestamptz, $8::numeric, $9::jsonb, $10, $11::numeric, $13
  from n where n.own is null and n.running < $14::int and n.today < $15::int
  returning id, starting_cash),
copies as (
  insert into agents (id, name, personality, strategy_type, strategy, baseline, config, kind, practice)
  select x.id, x.name, x.personality, x.strategy_type, x.strategy, x.baseline, x.config, x.kind, true
  from t cross join jsonb_to_recordset($16::jsonb) as x(id uuid, name text, personality text, strategy_type text, strategy text,
    baseline boolean, config jsonb, kind text)),
entered as (
  insert into entries (id, tournament_id, agent_id, agent_name, skeleton, shape, strategy, baseline, limits, params,
    thinking_seconds, kind, first_round, cash)
  select a.id, t.id, a.agent_id, a.agent_name, a.skeleton, a.shape, a.strategy, a.baseline, a.limits, a.params, a.thinking_seconds,
    a.kind, 0, t.starting_cash
  from t cross join jsonb_to_recordset($12::jsonb) as a(${NEW_ENTRY_COLUMNS}))
select n.running, n.today, n.own, (select status from tournaments o where o.id = n.own) as own_status, exists (select from t) as made from n`;

export async function insertPractice(query: Query, practice: NewPractice): Promise<PracticeStored> {
  const { id, agentId, settings, copies, entries, runningMax, dailyMax } = practice;
  const [row] = await query<PracticeStored>(INSERT, [
    id,
    ...settingsParams(settings),
    JSON.stringify(entries),
    agentId,
    runningMax,
    dailyMax,
    JSON.stringify(copies),
  ]);
  if (!row) throw new Error("the count of practices returned no row");
  return row;
}
