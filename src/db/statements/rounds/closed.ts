/** Whether the round that an agent thinks about has closed, with what tells whose fault that is. */
import type { Query } from "../../query.ts";

/** The tournament's interval once it has; null while it is open. A round that isn't there any more is nobody's to say. */
export async function intervalOfClosed(query: Query, roundId: string): Promise<number | null> {
  const [row] = await query<{ interval_seconds: number }>(
    `select t.interval_seconds from rounds r join tournaments t on t.id = r.tournament_id where r.id = $1 and r.state <> 'open'`,
    [roundId],
  );
  return row?.interval_seconds ?? null;
}
