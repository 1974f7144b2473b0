/** Where agents from outside stand now: their entry, its tournament's last round, and a decision that may be stored already. */
import type { AgentKind } from "../../../core/agents/agent-kinds.ts";
import type { Query } from "../../query.ts";

export interface SeatAsked {
  readonly agentId: string;
  /** Null: the agent's live entry. */
  readonly tournamentId: string | null;
  /** The round whose stored decision is wanted. Null: none. */
  readonly round: number | null;
}

export interface Seat {
  readonly entry_id: string;
  readonly agent_id: string;
  readonly kind: AgentKind;
  readonly entry_status: "active" | "withdrawn";
  readonly halted: boolean;
  readonly tournament_id: string;
  readonly status: "upcoming" | "live" | "paused" | "completed" | "cancelled";
  readonly market: "synthetic" | "replay";
  readonly interval_seconds: number;
  readonly starts_ms: number;
  readonly now_ms: number;
  /** The round with the highest number; −1 before the first. */
  readonly last_number: number;
  /** The open round that the entry takes part in, before its deadline. */
  readonly open_round_id: string | null;
  /** The entry has decided in the open round. */
  readonly decided: boolean;
  readonly stored: StoredAnswer | null;
}

/** A stored decision as its sender gets it. */
export interface StoredAnswer {
  /** Hash of the parsed body. Null for a decision that came by no door. */
  readonly body_hash: string | null;
  readonly outcome: "made" | "held";
  readonly decided_at: string;
  readonly orders: readonly {
    readonly side: "buy" | "sell";
    readonly symbol: string;
    readonly amount: string;
    readonly confidence: number | null;
    readonly refused: boolean;
    readonly code: string | null;
  }[];
}

// An ask without a tournament means the agent's only live entry, practices left out: the caller looks at how many came.
const SEATS = `
select a.n, e.id as entry_id, e.agent_id, e.kind, e.status as entry_status, e.halted_at is not null as halted,
  t.id as tournament_id, t.status, t.market, t.interval_seconds, agonus_ms(t.starts_at) as starts_ms,
  agonus_ms(agonus_now()) as now_ms, coalesce(r.number, -1) as last_number, o.id as open_round_id,
  exists (select from decisions d where d.round_id = o.id and d.entry_id = e.id) as decided, s.stored
from jsonb_to_recordset($1::jsonb) as a(n int, agent_id uuid, tournament_id uuid, round int)
join entries e on e.agent_id = a.agent_id and (a.tournament_id is null or e.tournament_id = a.tournament_id)
join tournaments t on t.id = e.tournament_id
  and (a.tournament_id is not null or (t.status = 'live' and e.status = 'active' and t.practice_of is null))
left join lateral (select * from rounds where tournament_id = t.id order by number desc limit 1) r on true
left join lateral (select r.id where r.state = 'open' and agonus_now() < r.deadline_at
  and agonus_now() < coalesce(r.answers_until, 'infinity') and e.first_round <= r.number
  and (e.last_round is null or e.last_round >= r.number)) o on true
left join lateral (
  select jsonb_build_object('body_hash', d.body_hash, 'outcome', d.outcome, 'decided_at', d.decided_at,
    'orders', coalesce((select jsonb_agg(jsonb_build_object('side', x.side, 'symbol', x.symbol,
        'amount', trim_scale(x.amount)::text, 'confidence', x.confidence,
        'refused', x.refused_at is not distinct from 'decision',
        'code', case when x.refused_at = 'decision' then x.code end) order by x.seq)
      from orders x where x.round_id = d.round_id and x.entry_id = d.entry_id), '[]')) as stored
  from rounds q join decisions d on d.round_id = q.id and d.entry_id = e.id
  where q.tournament_id = t.id and q.number = a.round) s on a.round is not null
order by a.n, e.id`;

/** For each ask the entries that it may mean: one, or none, or without a tournament several. */
export async function readSeats(query: Query, asked: readonly SeatAsked[]): Promise<Seat[][]> {
  const rows = await query<Seat & { n: number } & Record<string, unknown>>(SEATS, [
    JSON.stringify(
      asked.map(({ agentId, tournamentId, round }, n) => ({
        n,
        agent_id: agentId,
        tournament_id: tournamentId,
        round,
      })),
    ),
  ]);
  const seats: Seat[][] = asked.map(() => []);
  for (const { n, ...seat } of rows) seats[n]?.push(seat);
  return seats;
}
