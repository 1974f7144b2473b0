/** The closes that a round's agents saw, by symbol. */
import type { Query } from "../../query.ts";

export async function readSnapshotCloses(query: Query, roundId: string): Promise<Record<string, string>> {
  const [row] = await query<{ closes: Record<string, string> | null }>(
    `select (select jsonb_object_agg(c.key, c.value->>'close') from jsonb_each(s.candles) c) as closes
     from snapshots s where s.round_id = $1`,
    [roundId],
  );
  return row?.closes ?? {};
}
