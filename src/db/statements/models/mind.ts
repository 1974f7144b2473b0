/** A model's theses and plan steps as they were stored, and what became of the orders of the decision that stored them. */
import type { Mind } from "../../../core/agents/mind.ts";
import type { Query } from "../../query.ts";

export type OrderEnd = {
  readonly seq: number;
  readonly side: "buy" | "sell";
  readonly symbol: string;
  readonly state: "open" | "filled" | "refused" | "dropped";
  /** The profit of a sale: its proceeds less the cost of what was sold. Null for a buy. */
  readonly realised: string | null;
};

export type StoredMind = {
  readonly mind: Mind | null;
  readonly ends: readonly OrderEnd[];
  /** Symbols of which it holds a position now. */
  readonly held: readonly string[];
};

const MIND = `m.mind, coalesce((
  select jsonb_agg(jsonb_build_object('seq', o.seq, 'side', o.side, 'symbol', o.symbol, 'state', o.state,
    'realised', trim_scale(x.realized_profit)::text) order by o.seq)
  from rounds r join orders o on o.round_id = r.id and o.entry_id = e.id
  left join trades x on x.round_id = o.round_id and x.entry_id = o.entry_id and x.seq = o.seq
  where r.tournament_id = e.tournament_id and r.number = (m.mind->>'round')::int), '[]') as ends,
  coalesce((select jsonb_agg(p.symbol) from positions p where p.entry_id = e.id), '[]') as held`;
const READ = `select ${MIND} from entries e join memories m on m.entry_id = e.id where e.id = $1`;

// A decision that begins again goes through its recorded steps without a call. A step's answer is null until it is answered.
const START = `
select ${MIND}, coalesce((
  select jsonb_agg(jsonb_build_object('step', s.step, 'state', s.state, 'request_hash', s.request_hash, 'answer', c.content)
    order by s.step, s.attempt)
  from model_steps s left join model_contents c on c.hash = s.answer_hash and s.state = 'answered'
  where s.round_id = $2 and s.entry_id = e.id), '[]') as steps
from entries e left join memories m on m.entry_id = e.id where e.id = $1`;

export async function readMind(query: Query, entryId: string): Promise<StoredMind> {
  const [row] = await query<StoredMind & Record<string, unknown>>(READ, [entryId]);
  return row ?? { mind: null, ends: [], held: [] };
}

export type RecordedStep = {
  readonly step: number;
  readonly state: "reserved" | "answered" | "failed";
  readonly request_hash: string;
  /** Null until the step is answered. */
  readonly answer: string | null;
};

/** Reads what a model needs to begin its decision in a round, or to go on with it: the entry's mind, and the steps of this round that were sent before. */
export async function readStart(
  query: Query,
  entryId: string,
  roundId: string,
): Promise<Pick<StoredMind, "mind" | "ends"> & { readonly steps: readonly RecordedStep[] }> {
  const [row] = await query<StoredMind & { steps: RecordedStep[] } & Record<string, unknown>>(START, [
    entryId,
    roundId,
  ]);
  return row ?? { mind: null, ends: [], steps: [] };
}
