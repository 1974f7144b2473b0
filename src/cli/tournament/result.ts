/** The result of a finished tournament: counts, leaderboard, hash, and the verdict of the ledger. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Query } from "../../db/query.ts";
import { checkLedger, type LedgerResult } from "../../ledger/check-ledger.ts";
import { hashTournament } from "../../rounds/result-hash.ts";
import type { ApiClient } from "../api-client.ts";

export const leaderboardItem = z.looseObject({
  rank: z.number().nullable(),
  agent: z.string(),
  baseline: z.boolean(),
  equity: z.string(),
  return: z.union([z.string(), z.number()]).nullable(),
  max_drawdown: z.union([z.string(), z.number()]).nullable(),
  sharpe: z.number().nullable(),
  rounds: z.number(),
  market_days: z.number(),
  trades: z.number(),
  fees: z.string(),
});
export type LeaderboardItem = z.infer<typeof leaderboardItem>;
/** How long the counts wait for a tournament's last tasks. Tasks that take longer are counted as unfinished. */
const LAST_TASKS_MILLISECONDS = 15_000;
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
  const onProgress = ({ done, rounds }: { readonly done: number; readonly rounds: number }) => onLedger?.(done, rounds);
  const leaderboard = await readLeaderboard(api, tournamentId);
  const ledger = await checkLedger(query, { tournamentId, onProgress });
  const hash = await hashTournament(query, tournamentId);
  return { counts: await readFinalCounts(query, tournamentId), leaderboard, ledger, hash };
}

/** A tournament's last tasks, such as the check of its result, begin when it has ended. So the counts wait for them. */
async function readFinalCounts(query: Query, tournamentId: string): Promise<Counts> {
  const end = performance.now() + LAST_TASKS_MILLISECONDS;
  for (;;) {
    const counts = await readCounts(query, tournamentId);
    const { PENDING = 0, STARTED = 0, RETRY = 0 } = counts.tasks;
    if (PENDING + STARTED + RETRY === 0 || performance.now() > end) return counts;
    await sleep(100);
  }
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
