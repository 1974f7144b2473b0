/** One round with what was frozen for it: snapshot and quote. Null when the tournament has no such round. */
import type { Query } from "../../query.ts";
import { ROUND_COLUMNS, type RoundRow } from "./list.ts";

export type WholeRoundRow = RoundRow & {
  /** `source`: where its candles came from. */
  snapshot: { hash: string; source: string; candles: Record<string, Record<string, string>> } | null;
  quote: Record<string, { bid: string; ask: string; mid: string; filled: boolean; venue: string | null }> | null;
  /** What venues sent that could not be used. */
  receipts: {
    phase: "snapshot" | "quote";
    venue: string;
    code: string;
    sentence: string;
    received: Record<string, unknown>;
    received_at: string;
  }[];
  decided: number;
};

export async function readRound(query: Query, tournamentId: string, number: number): Promise<WholeRoundRow | null> {
  const [row] = await query<WholeRoundRow>(
    `select ${ROUND_COLUMNS},
      (select jsonb_build_object('hash', s.hash, 'source', coalesce(s.source_id, t.candle_source_id), 'candles', s.candles)
       from snapshots s join tournaments t on t.id = rounds.tournament_id where s.round_id = rounds.id) as snapshot,
      (select jsonb_object_agg(q.symbol, jsonb_build_object('bid', trim_scale(q.bid)::text, 'ask', trim_scale(q.ask)::text,
        'mid', trim_scale(q.mid)::text, 'filled', q.filled, 'venue', q.venue)) from quotes q where q.round_id = rounds.id) as quote,
      (select coalesce(jsonb_agg(jsonb_build_object('phase', m.phase, 'venue', m.venue, 'code', m.code, 'sentence', m.sentence,
         'received', m.received, 'received_at', m.received_at) order by m.received_at, m.phase desc, m.venue), '[]')
       from market_receipts m where m.tournament_id = rounds.tournament_id and m.round = rounds.number) as receipts,
      (select count(*)::int from decisions d where d.round_id = rounds.id) as decided
     from rounds where tournament_id = $1 and number = $2`,
    [tournamentId, number],
  );
  return row ?? null;
}
