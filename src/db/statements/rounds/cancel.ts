/** Ends the active round of a cancelled tournament. */
import type { Query } from "../../query.ts";

const SKIP = `
update rounds r set state = 'skipped', skip_reason = 'cancelled' from tournaments t
where t.id = $1 and t.status = 'cancelled' and r.tournament_id = t.id and r.state in ('scheduled', 'open', 'closed', 'quoted')`;

/** A cancelling that waited for an opening didn't see its round. Its open orders are dropped by what comes next. */
export async function cancelActiveRound(query: Query, tournamentId: string): Promise<void> {
  await query(SKIP, [tournamentId]);
}
