/**
 * A tournament's data as the pages ask for it. Read once by REST, then kept up to date by the feed: each key says by which
 * function. Keys begin with ["t", id].
 */
import { type InfiniteData, infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { EquityAnswer } from "../../core/arena-answers.ts";
import type {
  Entry,
  LeaderboardItem,
  PositionItem,
  PriceItem,
  Round,
  RoundDetail,
  Tournament,
  TradeItem,
} from "../api/answers.ts";
import { api, getAll, type Page, withQuery } from "../api/client.ts";
import { queryClient } from "../api/session.ts";
import { feedOf, setApply } from "./feed.ts";
import {
  type HeldDecision,
  type HeldEquity,
  type Missed,
  type Prices,
  type Progress,
  toBoard,
  toDecisions,
  toEquity,
  toMisses,
  toPositions,
  toPrices,
  toProgress,
  toRounds,
  toTournament,
  toTrades,
} from "./held.ts";

/** Entries that a page looks at; the API has them all. */
export const ENTRIES_SHOWN = 2000;
const POINTS = 800;
/** A list that grew past this by what happened is cut to its first page again. */
const LIVE_ITEMS_MAX = 400;

const path = (id: string, rest = "") => `/tournaments/${id}${rest}`;

export const tournamentQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "tournament"],
    queryFn: async ({ signal }) => feedOf(id).catchUp(await api.get<Tournament>(path(id), signal), toTournament),
  });

/** In the order in which they joined: it gives each its colour. */
export const entriesQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "entries"],
    queryFn: ({ signal }) => getAll<Entry>(path(id, "/agents"), ENTRIES_SHOWN, signal),
  });

export const boardQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "board"],
    queryFn: async ({ signal }) => {
      const items: readonly LeaderboardItem[] = await getAll(path(id, "/leaderboard"), ENTRIES_SHOWN, signal);
      return feedOf(id).catchUp(items, toBoard);
    },
  });

/** As it was after a round: it never changes any more. */
export const boardAtQuery = (id: string, round: number) =>
  queryOptions({
    queryKey: ["replay", id, "board", round],
    gcTime: 60_000,
    queryFn: ({ signal }) =>
      getAll<LeaderboardItem>(withQuery(path(id, "/leaderboard"), { round }), ENTRIES_SHOWN, signal),
  });

/** `fromRound` 0: the whole of it, thinned. `agentId`: one line. */
export const equityQuery = (id: string, fromRound = 0, agentId: string | null = null) =>
  queryOptions({
    queryKey: ["t", id, "equity", fromRound, agentId],
    queryFn: async ({ signal }): Promise<HeldEquity> => {
      const query = { max_points: POINTS, from_round: fromRound, agent_id: agentId };
      const answer = await api.get<EquityAnswer>(withQuery(path(id, "/equity"), query), signal);
      return feedOf(id).catchUp<HeldEquity>({ ...answer, mark: null }, toEquity);
    },
  });

export const roundsQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "rounds"],
    queryFn: async ({ signal }) => {
      const page = await api.get<Page<Round>>(path(id, "/rounds?limit=100"), signal);
      return feedOf(id).catchUp<readonly Round[]>(page.items, toRounds);
    },
  });

/** One round with everything in it; `agentId`: of that agent alone. Settled ones never change. */
export const roundQuery = (id: string, number: number, agentId: string | null = null) =>
  queryOptions({
    queryKey: ["round", id, number, agentId],
    gcTime: 120_000,
    queryFn: ({ signal }) =>
      api.get<RoundDetail>(withQuery(path(id, `/rounds/${number}`), { agent_id: agentId }), signal),
    staleTime: (query) => (over.has(query.state.data?.state ?? "") ? Number.POSITIVE_INFINITY : 0),
  });
const over = new Set(["settled", "skipped"]);

const nothingYet: Progress = { round: null, decided: 0, agents: [] };

/** Of the feed alone: its welcome says how the round stands. */
export const progressQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "progress"],
    queryFn: () => feedOf(id).catchUp(nothingYet, toProgress),
    initialData: nothingYet,
  });

export const missesQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "misses"],
    queryFn: (): readonly Missed[] => feedOf(id).catchUp([], toMisses),
    initialData: [],
  });

export const pricesQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "prices"],
    queryFn: async ({ signal }) => {
      const items = await getAll<PriceItem>(withQuery("/prices", { tournament_id: id }), 100, signal);
      const prices: Prices = Object.fromEntries(items.map(({ symbol, price, at }) => [symbol, { price, at }]));
      return feedOf(id).catchUp(prices, toPrices);
    },
  });

export const positionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "positions"],
    queryFn: async ({ signal }) => {
      const items: readonly PositionItem[] = await getAll(path(id, "/positions"), ENTRIES_SHOWN, signal);
      return feedOf(id).catchUp(items, toPositions);
    },
  });

type Pages<T> = InfiniteData<Page<T>, unknown>;

function pagesQuery<T>(
  key: readonly unknown[],
  url: (cursor: string | null) => string,
  catchUp: (items: readonly T[]) => readonly T[],
) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: async ({ signal, pageParam }: { signal: AbortSignal; pageParam: string | null }) => {
      const page = await api.get<Page<T>>(url(pageParam), signal);
      return pageParam === null ? { ...page, items: catchUp(page.items) } : page;
    },
    initialPageParam: null,
    getNextPageParam: (page: Page<T>): string | null => page.next_cursor,
  });
}

export const tradesQuery = (id: string, agentId: string | null = null) =>
  pagesQuery<TradeItem>(
    ["t", id, "trades", agentId],
    (cursor) => withQuery("/trades", { tournament_id: id, agent_id: agentId, limit: 50, cursor }),
    (items) => feedOf(id).catchUp(items, (held, event) => toTrades(held, event, agentId)),
  );

export const decisionsQuery = (id: string, agentId: string | null = null) =>
  pagesQuery<HeldDecision>(
    ["t", id, "decisions", agentId],
    (cursor) => withQuery(path(id, "/decisions"), { agent_id: agentId, limit: 60, cursor }),
    (items) => feedOf(id).catchUp(items, (held, event) => toDecisions(held, event, agentId)),
  );

function toPages<T>(pages: Pages<T>, change: (items: readonly T[]) => readonly T[]): Pages<T> {
  const [first, ...rest] = pages.pages;
  if (!first) return pages;
  const items = change(first.items);
  if (items === first.items) return pages;
  if (items.length > LIVE_ITEMS_MAX) {
    // Its next page would no longer follow: what is older is read anew when somebody asks.
    return { pages: [{ items: items.slice(0, LIVE_ITEMS_MAX / 2), next_cursor: null }], pageParams: [null] };
  }
  return { ...pages, pages: [{ ...first, items }, ...rest] };
}

/** What an event changes, wherever it is held. What isn't held stays so: it is brought up to date when it is read. */
setApply((id, event) => {
  const cache = queryClient;
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  cache.setQueryData(tournamentQuery(id).queryKey, (held) => held && toTournament(held, event));
  cache.setQueryData(boardQuery(id).queryKey, (held) => held && toBoard(held, event));
  cache.setQueryData(roundsQuery(id).queryKey, (held) => held && toRounds(held, event));
  cache.setQueryData(progressQuery(id).queryKey, (held = nothingYet) => toProgress(held, event));
  cache.setQueryData(missesQuery(id).queryKey, (held = []) => toMisses(held, event));
  cache.setQueryData(pricesQuery(id).queryKey, (held) => held && toPrices(held, event));
  cache.setQueryData(positionsQuery(id).queryKey, (held) => held && toPositions(held, event));
  for (const { queryKey } of cache.getQueryCache().findAll({ queryKey: ["t", id, "equity"] })) {
    const key = equityQuery(id, Number(queryKey[3]), text(queryKey[4])).queryKey;
    cache.setQueryData(key, (held) => held && toEquity(held, event));
  }
  for (const { queryKey } of cache.getQueryCache().findAll({ queryKey: ["t", id, "trades"] })) {
    const agent = text(queryKey[3]);
    cache.setQueryData(
      tradesQuery(id, agent).queryKey,
      (held) => held && toPages(held, (items) => toTrades(items, event, agent)),
    );
  }
  for (const { queryKey } of cache.getQueryCache().findAll({ queryKey: ["t", id, "decisions"] })) {
    const agent = text(queryKey[3]);
    cache.setQueryData(
      decisionsQuery(id, agent).queryKey,
      (held) => held && toPages(held, (items) => toDecisions(items, event, agent)),
    );
  }
  if (event.type === "tournament") joined(id, event.entries);
});

/** Entries that joined are read anew: the feed says only how many there are. */
function joined(id: string, count: number): void {
  const held = queryClient.getQueryData(entriesQuery(id).queryKey);
  if (held && held.length !== Math.min(count, ENTRIES_SHOWN)) {
    for (const what of ["entries", "board", "positions", "equity"]) {
      void queryClient.invalidateQueries({ queryKey: ["t", id, what] });
    }
  }
}
