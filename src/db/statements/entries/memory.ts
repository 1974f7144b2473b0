/** An entry's memory. Without `secrets`, everything about an open round is left out. */
import type { Query } from "../../query.ts";
import type { TradeRow } from "../trades/list.ts";

export type LastDecision = { round: number; outcome: "made" | "held"; reasoning: string | null; decided_at: string };

export async function readLastDecision(query: Query, entryId: string, secrets: boolean): Promise<LastDecision | null> {
  const [row] = await query<LastDecision>(
    `select r.number as round, d.outcome, left(x.reasoning, 500) as reasoning, d.decided_at
       from decisions d join rounds r on r.id = d.round_id
       left join decision_details x on x.round_id = d.round_id and x.entry_id = d.entry_id
      where d.entry_id = $1 and ($2 or r.state <> 'open') order by d.decided_at desc limit 1`,
    [entryId, secrets],
  );
  return row ?? null;
}

/** `mind`: theses and plan steps of a language model. While a round is open and hidden, `round` is its number, whether notes were written in it or not. */
export type Notes = { notes: Record<string, unknown> | null; mind: unknown; round: number; hidden: boolean };

/** Null when the strategy has written none. New notes would give an open round's decision away, so it hides them all. */
export async function readNotes(query: Query, entryId: string, secrets: boolean): Promise<Notes | null> {
  const [row] = await query<Notes>(
    `select case when r.number is null then m.notes end as notes, case when r.number is null then m.mind end as mind, coalesce(r.number, m.round) as round, r.number is not null as hidden
       from entries e left join memories m on m.entry_id = e.id
       left join rounds r on not $2 and r.tournament_id = e.tournament_id and r.state = 'open'
      where e.id = $1 and (m.entry_id is not null or r.number is not null)`,
    [entryId, secrets],
  );
  return row ?? null;
}

export type RememberedTrade = Pick<TradeRow, "round" | "side" | "symbol" | "quantity" | "price" | "fee" | "filled_at">;

export async function readLastTrades(query: Query, entryId: string, limit: number): Promise<RememberedTrade[]> {
  return query<RememberedTrade>(
    `select r.number as round, x.side, x.symbol, trim_scale(x.quantity)::text as quantity,
        trim_scale(x.price)::text as price, trim_scale(x.fee)::text as fee, x.filled_at
       from trades x join rounds r on r.id = x.round_id where x.entry_id = $1 order by x.id desc limit $2`,
    [entryId, limit],
  );
}
