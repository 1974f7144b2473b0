/** One round with what was frozen for it: snapshot and quote. Null when the tournament has no such round. */
import type { Query } from "../query.ts";
import { ROUND_COLUMNS, type RoundRow } from "./api-list-rounds.ts";

export type WholeRoundRow = RoundRow & {
  snapshot: { hash: string; candles: Record<string, Record<string, string>> } | null;
  quote: Record<string, { bid: string; ask: string; mid: string }> | null;
  decided: number;
};

export async function readRound(query: Query, tournamentId: string, number: number): Promise<WholeRoundRow | null> {
  const [row] = await query<WholeRoundRow>(
    `select ${ROUND_COLUMNS},
      (select jsonb_build_object('hash', s.hash, 'candles', s.candles) from snapshots s where s.round_id = rounds.id) as snapshot,
      (select jsonb_object_agg(q.symbol, jsonb_build_object('bid', trim_scale(q.bid)::text, 'ask', trim_scale(q.ask)::text,
        'mid', trim_scale(q.mid)::text)) from quotes q where q.round_id = rounds.id) as quote,
      (select count(*)::int from decisions d where d.round_id = rounds.id) as decided
     from rounds where tournament_id = $1 and number = $2`,
    [tournamentId, number],
  );
  return row ?? null;
}
