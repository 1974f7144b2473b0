/** What a finished tournament came to: counts, leaderboard, hash, and the verdict of the ledger. */
import { z } from "zod";
import { hashRows } from "../core/tournament-hash.ts";
import type { Query } from "../db/query.ts";
import { checkLedger, type LedgerResult } from "../ledger/check-ledger.ts";
import type { ApiClient } from "./api-client.ts";

export const leaderboardItem = z.looseObject({
  rank: z.number().nullable(),
  agent: z.string(),
  baseline: z.boolean(),
  equity: z.string(),
  return: z.union([z.string(), z.number()]).nullable(),
  max_drawdown: z.union([z.string(), z.number()]).nullable(),
  sharpe: z.number().nullable(),
  trades: z.number(),
  fees: z.string(),
});
export type LeaderboardItem = z.infer<typeof leaderboardItem>;
const leaderboardPage = z.object({ items: z.array(leaderboardItem), next_cursor: z.string().nullable() });

const countsSchema = z.object({
  rounds: z.number(),
  entries: z.number(),
  decisions_made: z.number(),
  decisions_held: z.number(),
  trades: z.number(),
  orders_refused: z.number(),
  tasks: z.record(z.string(), z.number()),
});
export type Counts = z.infer<typeof countsSchema>;

export interface TournamentResult {
  readonly counts: Counts;
  readonly leaderboard: readonly LeaderboardItem[];
  readonly ledger: LedgerResult;
  readonly hash: string;
}

export async function readResult(
  api: ApiClient,
  query: Query,
  tournamentId: string,
  onLedger?: (done: number, rounds: number) => void,
): Promise<TournamentResult> {
  return {
    counts: await readCounts(query, tournamentId),
    leaderboard: await readLeaderboard(api, tournamentId),
    ledger: await checkLedger(query, { tournamentId, onProgress: ({ done, rounds }) => onLedger?.(done, rounds) }),
    hash: await hashTournament(query, tournamentId),
  };
}

async function readLeaderboard(api: ApiClient, tournamentId: string): Promise<LeaderboardItem[]> {
  const items: LeaderboardItem[] = [];
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: z.infer<typeof leaderboardPage> = await api.get(
      `/tournaments/${tournamentId}/leaderboard?limit=100${after}`,
      leaderboardPage,
    );
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return items;
}

export async function readCounts(query: Query, tournamentId: string): Promise<Counts> {
  const rows = await query(
    `with r as (select id, state from rounds where tournament_id = $1),
          d as (select d.outcome from decisions d join r on r.id = d.round_id)
     select (select count(*) from r where state = 'settled') as rounds,
            (select count(*) from entries where tournament_id = $1) as entries,
            (select count(*) from d where outcome = 'made') as decisions_made,
            (select count(*) from d where outcome = 'held') as decisions_held,
            (select count(*) from trades where tournament_id = $1) as trades,
            (select count(*) from orders o join r on r.id = o.round_id where o.state = 'refused') as orders_refused,
            (select coalesce(jsonb_object_agg(state, n), '{}')
               from (select state, count(*) as n from tasks where tournament_id = $1 group by state) t) as tasks`,
    [tournamentId],
  );
  return countsSchema.parse(rows[0]);
}

const text = z.string();
const decisionRow = z.object({ round: z.number(), agent: text, outcome: text, orderCount: z.number() });
const orderRow = z.object({
  round: z.number(),
  agent: text,
  seq: z.number(),
  side: text,
  symbol: text,
  amount: text,
  state: text,
  code: text.nullable(),
});
const tradeRow = z.object({
  round: z.number(),
  agent: text,
  seq: z.number(),
  side: text,
  symbol: text,
  quantity: text,
  price: text,
  fee: text,
  cashChange: text,
  realizedProfit: text.nullable(),
});
const equityRow = z.object({ round: z.number(), agent: text, equity: text, rank: z.number().nullable() });

/** The same seed and candles give the same one, on any machine. */
export async function hashTournament(query: Query, tournamentId: string): Promise<string> {
  const of = async <S extends z.ZodType>(schema: S, columns: string, table: string): Promise<z.output<S>[]> => {
    const rows = await query(
      `select r.number as round, e.agent_name as agent, ${columns}
         from rounds r join ${table} x on x.round_id = r.id join entries e on e.id = x.entry_id
        where r.tournament_id = $1`,
      [tournamentId],
    );
    return rows.map((row) => schema.parse(row));
  };
  const equity = await query(
    `select p.round, e.agent_name as agent, p.equity, p.rank
       from equity_points p join entries e on e.id = p.entry_id where p.tournament_id = $1`,
    [tournamentId],
  );
  return hashRows({
    decisions: await of(decisionRow, `x.outcome, x.order_count as "orderCount"`, "decisions"),
    orders: await of(orderRow, "x.seq, x.side, x.symbol, x.amount, x.state, x.code", "orders"),
    trades: await of(
      tradeRow,
      `x.seq, x.side, x.symbol, x.quantity, x.price, x.fee, x.cash_change as "cashChange", x.realized_profit as "realizedProfit"`,
      "trades",
    ),
    equity: equity.map((row) => equityRow.parse(row)),
  });
}
