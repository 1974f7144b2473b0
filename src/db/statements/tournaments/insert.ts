/** Stores a new tournament with its first entries: all of it or nothing. */
import type { MarketName } from "../../../core/venue-names.ts";
import type { Query } from "../../query.ts";
import { NEW_ENTRY_COLUMNS, type NewEntry } from "../entries/join.ts";

export interface TournamentSettings {
  readonly name: string;
  readonly candleSourceId: string;
  readonly symbols: readonly string[];
  readonly intervalSeconds: number;
  /** ISO times. */
  readonly startsAt: string;
  readonly endsAt: string;
  readonly startingCash: string;
  readonly rules: Readonly<Record<string, unknown>>;
  readonly rulesHash: string;
  readonly prizePool: string;
}

const INSERT = `
with t as (
  insert into tournaments (id, market, name, candle_source_id, symbols, interval_seconds, starts_at, ends_at,
    starting_cash, rules, rules_hash, prize_pool)
  values ($1, $2, $3, $4, array(select jsonb_array_elements_text($5::jsonb)), $6, $7, $8, $9, $10::jsonb, $11, $12)
  returning id, starting_cash),
asked as (select * from jsonb_to_recordset($13::jsonb) as x(${NEW_ENTRY_COLUMNS})),
entered as (
  insert into entries (id, tournament_id, agent_id, agent_name, skeleton, shape, strategy, baseline, limits, params,
    thinking_seconds, kind, first_round, cash)
  select a.id, t.id, a.agent_id, a.agent_name, a.skeleton, a.shape, a.strategy, a.baseline, a.limits, a.params, a.thinking_seconds,
    a.kind, 0, t.starting_cash
  from t cross join asked a order by a.agent_id)
select id from t`;

export async function insertTournament(
  query: Query,
  id: string,
  market: MarketName,
  settings: TournamentSettings,
  entries: readonly NewEntry[],
): Promise<void> {
  await query(INSERT, [id, market, ...settingsParams(settings), JSON.stringify(entries)]);
}

/** The settings as parameters, in the order in which the statements that insert and update them number them. */
export function settingsParams(settings: TournamentSettings): readonly unknown[] {
  return [
    settings.name,
    settings.candleSourceId,
    JSON.stringify(settings.symbols),
    settings.intervalSeconds,
    settings.startsAt,
    settings.endsAt,
    settings.startingCash,
    JSON.stringify(settings.rules),
    settings.rulesHash,
    settings.prizePool,
  ];
}
