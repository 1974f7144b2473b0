/** Stores a new tournament with its first entries: all of it or nothing. */
import { WARM_UP_CANDLES } from "../../../core/phases.ts";
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

/**
 * Imported candles lose what lies outside of a further symbol's span while no tournament uses them. So the statement that
 * makes a tournament looks at their span once more, and changes their row's version, by which finishSymbol
 * (markets/uploads/end.ts) sees a tournament that was made beside it. The parameters are those of settingsParams, from $3 on.
 */
export const FILES_TAKEN = `
taken as (
  update candle_sources set whole = whole
  where id = $4 and kind = 'files' /* guard files-cover */ and symbols @> array(select jsonb_array_elements_text($5::jsonb))
    and first_open_at <= $7::timestamptz - make_interval(secs => ${WARM_UP_CANDLES} * $6::int)
    and last_open_at >= $7::timestamptz
      + make_interval(secs => $6::int * (ceil(extract(epoch from $8::timestamptz - $7::timestamptz) / $6::int) - 1)::int) /* end */
  returning id),
usable as (select from candle_sources s where s.id = $4 and (s.kind <> 'files' or exists (select from taken)))`;

const INSERT = `
with ${FILES_TAKEN},
t as (
  insert into tournaments (id, market, name, candle_source_id, symbols, interval_seconds, starts_at, ends_at,
    starting_cash, rules, rules_hash, prize_pool)
  select $1::uuid, $2, $3, $4, array(select jsonb_array_elements_text($5::jsonb)), $6::int, $7::timestamptz, $8::timestamptz,
    $9::numeric, $10::jsonb, $11, $12::numeric
  where exists (select from usable)
  returning id, starting_cash),
asked as (select * from jsonb_to_recordset($13::jsonb) as x(${NEW_ENTRY_COLUMNS})),
entered as (
  insert into entries (id, tournament_id, agent_id, agent_name, skeleton, shape, strategy, baseline, limits, params,
    thinking_seconds, kind, first_round, cash)
  select a.id, t.id, a.agent_id, a.agent_name, a.skeleton, a.shape, a.strategy, a.baseline, a.limits, a.params, a.thinking_seconds,
    a.kind, 0, t.starting_cash
  from t cross join asked a order by a.agent_id)
select id from t`;

/** False, and nothing is stored, when its candles are not what they were when they were checked. */
export async function insertTournament(
  query: Query,
  id: string,
  market: MarketName,
  settings: TournamentSettings,
  entries: readonly NewEntry[],
): Promise<boolean> {
  const rows = await query(INSERT, [id, market, ...settingsParams(settings), JSON.stringify(entries)]);
  return rows.length > 0;
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
