/**
 * Makes the live feed's events from stored rows alone: whatever is new since a cursor. So an object that was evicted, or a
 * Worker that was killed, goes on with what was not announced yet, and announces nothing twice.
 */
import { FEED_BOARD_MAX, FEED_EQUITY_MAX, FEED_PROGRESS_MAX, type FeedEvent } from "../api/feed.ts";
import type { Query } from "../db/query.ts";
import {
  type FeedRound,
  type FeedTournament,
  readDecided,
  readFeedRounds,
  readFeedTournament,
} from "../db/statements/feed/look.ts";
import { listPrices } from "../db/statements/markets/list-prices.ts";
import { readLeaderboard } from "../db/statements/tournaments/leaderboard.ts";
import type { FeedCursor } from "./cursor.ts";
import { wirePlace } from "./leaderboard-wire.ts";
import { decisionsOf, equityOf, fillsOf, roundEvent, tournamentEvent } from "./wire.ts";

export interface FeedNews {
  readonly cursor: FeedCursor;
  readonly events: readonly FeedEvent[];
  /** The present state, for a spectator who joins. */
  readonly present: readonly FeedEvent[];
  readonly market: FeedTournament["market"];
  readonly status: FeedTournament["status"];
}

/** The most rounds that one step announces. A spectator who is further behind reads by REST. */
const ROUNDS_MAX = 512;
/** When many rounds passed since the last step, only this many of the last come with their decisions. */
const DETAILED_ROUNDS = 4;

const order = { scheduled: 0, open: 1, closed: 2, quoted: 3, settled: 4, skipped: 5 } as const;
const isClosed = (state: FeedRound["state"]) => state === "closed" || state === "quoted" || state === "settled";

/** Whether the cursor is ahead of the database. Rounds only move on, so such a cursor is older than a restored backup. */
function isAhead(since: FeedCursor, at: FeedRound | undefined): boolean {
  if (since.round < 0) return false;
  return at?.number !== since.round || order[at.state] < order[since.state ?? "scheduled"];
}

/**
 * What is new since the cursor. "too_far": more rounds have passed than one step announces, or the database was restored from
 * a backup and knows less than was announced. Null: there is no such tournament.
 */
export async function readNews(
  query: Query,
  tournamentId: string,
  since: FeedCursor | null,
): Promise<FeedNews | "too_far" | null> {
  const [tournament, found] = await Promise.all([
    readFeedTournament(query, tournamentId),
    since ? readFeedRounds(query, tournamentId, Math.max(0, since.round), ROUNDS_MAX + 1) : null,
  ]);
  if (!tournament) return null;
  const rounds = found ?? (await readFeedRounds(query, tournamentId, tournament.last_round ?? 0, 1));
  if (rounds.length > ROUNDS_MAX || (since && isAhead(since, rounds[0]))) return "too_far";
  const last = rounds.at(-1);
  const fresh = since
    ? rounds.filter((round) => round.number > since.round || round.state !== since.state)
    : rounds.slice(-1);
  const told = JSON.stringify(tournamentEvent(tournament));
  const marked = tournament.marked_at !== null && tournament.marked_at !== (since?.markedAt ?? null);
  const isBegun = last !== undefined && last.state !== "scheduled" && last.state !== "skipped";
  const [decided, prices] = await Promise.all([
    isBegun && last.participants <= FEED_PROGRESS_MAX ? readDecided(query, last.id) : [],
    fresh.length > 0 || marked || since === null ? readPrices(query, tournamentId) : null,
  ]);
  // Who comes between two rounds learns who decided in the last one. Who was there knows it.
  const progress = isBegun ? progressEvent(last, decided) : null;
  const underWay = last?.state === "open" ? progress : null;
  const pricesNow = prices ?? since?.prices ?? "{}";
  const priceEvent: FeedEvent = { type: "prices", prices: JSON.parse(pricesNow) };
  const cursor: FeedCursor = {
    tournament: told,
    round: last?.number ?? -1,
    state: last?.state ?? null,
    decided: underWay?.decided ?? 0,
    markedAt: tournament.marked_at,
    prices: pricesNow,
  };
  const present = [
    tournamentEvent(tournament),
    ...(last ? [roundEvent(last)] : []),
    ...(progress ? [progress] : []),
    priceEvent,
  ];
  const news = { cursor, present, market: tournament.market, status: tournament.status };
  if (!since) return { ...news, events: [] };

  const events: FeedEvent[] = [];
  if (told !== since.tournament) events.push(tournamentEvent(tournament));
  events.push(...(await roundNews(query, tournamentId, fresh, since)));
  const sameRound = last?.number === since.round && since.state === "open";
  if (underWay && underWay.decided > (sameRound ? since.decided : 0)) events.push(underWay);
  const settled = fresh.some(({ state }) => state === "settled");
  if (settled || marked) events.push(...(await boardNews(query, tournamentId, tournament, !settled)));
  if (pricesNow !== since.prices) events.push(priceEvent);
  return { ...news, events };
}

function progressEvent(round: FeedRound, agents: readonly string[]): FeedEvent & { type: "progress" } {
  // The two statements ran one after the other: the later one saw more.
  const decided = Math.max(round.made + round.held, agents.length);
  return { type: "progress", round: round.number, decided, participants: round.participants, agents: [...agents] };
}

/** The state of each round, the decisions of rounds that closed, and the fills and equity of rounds that settled. */
async function roundNews(
  query: Query,
  tournamentId: string,
  fresh: readonly FeedRound[],
  since: FeedCursor,
): Promise<FeedEvent[]> {
  const before = (round: FeedRound) => (round.number === since.round ? since.state : null);
  const closed = fresh.filter((round) => {
    const was = before(round);
    return isClosed(round.state) && (was === null || order[was] < order.closed);
  });
  const settled = fresh.filter((round) => round.state === "settled");
  const detailed = new Set([...closed.slice(-DETAILED_ROUNDS), ...settled.slice(-DETAILED_ROUNDS)]);
  const [decisions, fills, equity] = await Promise.all([
    Promise.all(closed.map((round) => decisionsOf(query, round, !detailed.has(round)))),
    Promise.all(settled.filter((round) => detailed.has(round)).map((round) => fillsOf(query, round))),
    equityOf(query, tournamentId, settled),
  ]);
  return [...fresh.map(roundEvent), ...decisions, ...fills, ...equity];
}

/** The leaderboard. `repriced`: no round has settled, but equity was marked at newer prices. */
async function boardNews(
  query: Query,
  tournamentId: string,
  tournament: FeedTournament,
  repriced: boolean,
): Promise<FeedEvent[]> {
  const rows = await readLeaderboard(query, tournamentId, null, FEED_EQUITY_MAX);
  const items = rows
    .filter((row, place) => place < FEED_BOARD_MAX || row.baseline)
    .map((row) => wirePlace(row, tournament));
  const { last_settled: round, entries: total, marked_at: at } = tournament;
  const board: FeedEvent = { type: "leaderboard", round, total, items };
  if (!repriced || at === null) return [board];
  const [agents, equity] = [rows.map((row) => row.agent_id), rows.map((row) => row.equity)];
  return [{ type: "equity", round: null, at, agents, equity }, board];
}

async function readPrices(query: Query, tournamentId: string): Promise<string> {
  const rows = await listPrices(query, tournamentId);
  return JSON.stringify(Object.fromEntries(rows.map(({ symbol, price, at }) => [symbol, { price, at }])));
}
