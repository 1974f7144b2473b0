/** What venues sent for rounds that could not use it. */
import type { Query } from "../../query.ts";

export interface Receipt {
  readonly phase: "snapshot" | "quote";
  readonly venue: string;
  readonly code: "market.stale" | "market.doubtful";
  /** Says the same for the same kind of trouble. */
  readonly reason: string;
  /** What is wrong, with symbols and numbers. */
  readonly sentence: string;
  /** By symbol. */
  readonly received: Readonly<Record<string, unknown>>;
}

const STORE = `
insert into market_receipts (tournament_id, round, phase, venue, code, reason, sentence, received, received_at)
select $1, $2, r.phase, r.venue, r.code, r.reason, r.sentence, r.received, agonus_now()
from jsonb_to_recordset($3::jsonb) as r(phase text, venue text, code text, reason text, sentence text, received jsonb)
on conflict (tournament_id, round, phase, venue) do update set code = excluded.code, reason = excluded.reason,
  sentence = excluded.sentence, received = excluded.received, received_at = excluded.received_at`;

/** Stores receipts of a round; a later one of the same phase and venue replaces the first. */
export async function storeReceipts(
  query: Query,
  tournamentId: string,
  round: number,
  receipts: readonly Receipt[],
): Promise<void> {
  if (receipts.length > 0) await query(STORE, [tournamentId, round, JSON.stringify(receipts)]);
}

const LAST_QUOTE = `
select agonus_ms(r.due_at) as due_ms, jsonb_object_agg(q.symbol, q.mid::text) as mids
from (select id, due_at from rounds where tournament_id = $1 and state in ('quoted', 'settled') order by number desc limit 1) r
join quotes q on q.round_id = r.id group by r.due_at`;

export interface LastQuote {
  /** When its round was due. Epoch milliseconds. */
  readonly due_ms: number;
  readonly mids: Readonly<Record<string, string>>;
}

/** The mids of the last round that was quoted; null before the first. */
export async function readLastQuote(query: Query, tournamentId: string): Promise<LastQuote | null> {
  const [row] = await query<LastQuote & Record<string, unknown>>(LAST_QUOTE, [tournamentId]);
  return row ?? null;
}
