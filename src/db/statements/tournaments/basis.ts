/** The facts to check a new tournament against: the clock, and the imported candles that a replay would run on. */
import type { Query } from "../../query.ts";

export type FileSource = {
  id: string;
  symbols: string[];
  interval_seconds: number;
  first_open_at: string;
  last_open_at: string;
  market_clock: number;
};

/** The commitment to the key of its market is null where there is none. */
export type FileBasis = FileSource & { market_commitment: string | null };

type BasisRow = { now: string } & { [K in keyof FileBasis]: FileBasis[K] | null };

/** `sourceId` names the candles, imported or synthetic; null takes the newest imported ones that have all symbols. */
export async function readTournamentBasis(
  query: Query,
  sourceId: string | null,
  symbols: readonly string[],
): Promise<{ now: string; source: FileBasis | null }> {
  const [row] = await query<BasisRow>(
    `select n.now, s.* from (select agonus_now() as now) n
     left join lateral (
       select id, symbols, interval_seconds, first_open_at, last_open_at, market_clock, k.commitment as market_commitment
       from candle_sources left join market_keys k on k.source_id = id
       where whole and case when $1::text is null
         then kind = 'files' and symbols @> array(select jsonb_array_elements_text($2::jsonb)) else id = $1 end
       order by created_at desc, id desc limit 1) s on true`,
    [sourceId, JSON.stringify(symbols)],
  );
  if (!row) throw new Error("the clock's statement returned no row");
  const { now, id, symbols: has, interval_seconds, first_open_at, last_open_at, market_clock, market_commitment } = row;
  if (id === null || has === null || interval_seconds === null || first_open_at === null || last_open_at === null)
    return { now, source: null };
  const candles = { interval_seconds, first_open_at, last_open_at, market_clock: market_clock ?? 1 };
  return { now, source: { id, symbols: has, ...candles, market_commitment } };
}
