/** Converts rows to events of the live feed. */
import {
  FEED_DECISIONS_MAX,
  FEED_EQUITY_MAX,
  FEED_FILLS_MAX,
  FEED_REASONING_CHARS_MAX,
  type FeedEvent,
} from "../api/feed.ts";
import type { Query } from "../db/query.ts";
import { readMissed } from "../db/statements/decisions/of-round.ts";
import { readFeedDecisions } from "../db/statements/feed/decisions.ts";
import { readFeedEquity, readFeedFills } from "../db/statements/feed/fills.ts";
import type { FeedRound, FeedTournament } from "../db/statements/feed/look.ts";

/** The most rows of all equity events of a step. */
const EQUITY_ROWS_MAX = 10_000;

export function tournamentEvent(row: FeedTournament): FeedEvent {
  const { status, starts_at, ends_at, started_at, paused_at, resumed_at, ended_at, ended_reason, entries } = row;
  const { winner_agent_id: id, winner_agent: agent } = row;
  const winner = id === null || agent === null ? null : { agent_id: id, agent };
  return {
    type: "tournament",
    status,
    starts_at,
    ends_at,
    started_at,
    paused_at,
    resumed_at,
    ended_at,
    ended_reason,
    entries,
    winner,
  };
}

export function roundEvent(row: FeedRound): FeedEvent {
  const { number, state, due_at, opened_at, closed_at, quoted_at, settled_at, skip_reason, participants } = row;
  return {
    type: "round",
    number,
    state,
    due_at,
    opened_at,
    closed_at,
    quoted_at,
    settled_at,
    skip_reason,
    participants,
    deadline_at: row.deadline_at === "infinity" ? null : row.deadline_at,
    decided: row.made + row.held,
  };
}

export async function decisionsOf(query: Query, round: FeedRound, thinned: boolean): Promise<FeedEvent> {
  const [items, misses] = thinned
    ? [[], []]
    : await Promise.all([
        readFeedDecisions(query, round.id, FEED_DECISIONS_MAX, FEED_REASONING_CHARS_MAX),
        readMissed(query, round.id, null, FEED_DECISIONS_MAX),
      ]);
  const { number, due_at, made, held, participants } = round;
  return {
    type: "decisions",
    round: number,
    due_at,
    made,
    held,
    missed: Math.max(0, participants - made - held),
    items,
    thinned,
    misses: misses.map(({ agent_id, agent, reason }) => ({ agent_id, agent, reason })),
  };
}

export async function fillsOf(query: Query, round: FeedRound): Promise<FeedEvent> {
  const { trades, refused, holdings } = await readFeedFills(query, round.id, FEED_FILLS_MAX);
  const items = trades.map(({ total: _, ...trade }) => trade);
  return { type: "fills", round: round.number, total: trades[0]?.total ?? 0, items, refused, holdings };
}

/** One event a round. When many rounds passed since the last step, some rounds may be missing; the chart reads them by REST. */
export async function equityOf(
  query: Query,
  tournamentId: string,
  settled: readonly FeedRound[],
): Promise<FeedEvent[]> {
  const [first, last] = [settled[0], settled.at(-1)];
  if (!first || !last) return [];
  const span = [first.number, last.number] as const;
  const rows = await readFeedEquity(query, tournamentId, ...span, FEED_EQUITY_MAX, EQUITY_ROWS_MAX);
  const whole = rows.length < EQUITY_ROWS_MAX ? rows : rows.filter(({ round }) => round !== rows.at(-1)?.round);
  return settled.flatMap((round): FeedEvent[] => {
    const own = whole.filter((row) => row.round === round.number);
    if (own.length === 0) return [];
    const [agents, equity] = [own.map(({ agent_id }) => agent_id), own.map((row) => row.equity)];
    return [{ type: "equity", round: round.number, at: round.due_at, agents, equity }];
  });
}
