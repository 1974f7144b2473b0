/**
 * A tournament's data as the pages ask for it. Read once by REST, then kept up to date by the feed: each key says by which
 * function. Keys begin with ["t", id].
 */
import { type InfiniteData, infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { FeedEvent } from "../../core/feed.ts";
import type { Page } from "../../http/paging.ts";
import type { LeaderboardItem, PositionItem, Round, TradeItem } from "../api/answers.ts";
import { answered, api, getAll, within } from "../api/client.ts";
import { queryClient } from "../api/session.ts";
import { feedOf, setApply } from "./feed.ts";
import {
  gapsOf,
  type HeldEquity,
  type LogItem,
  type Prices,
  type Progress,
  toBoard,
  toDecisions,
  toEquity,
  toPositions,
  toPrices,
  toProgress,
  toRounds,
  toTournament,
  toTrades,
} from "./held.ts";
import { readNow, reread } from "./reread.ts";

/** Entries that a page looks at; the API has them all. */
export const ENTRIES_SHOWN = 2000;
const POINTS = "800";
/** A list that grew past this by what happened is read anew from its first page on. */
const LIVE_ITEMS_MAX = 1000;

const one = api.tournaments[":id"];

export const tournamentQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "tournament"],
    queryFn: ({ signal }) => feedOf(id).read(() => answered(one.$get({ param: { id } }, within(signal))), toTournament),
  });

/** In the order in which they joined: it gives each its colour. */
export const entriesQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "entries"],
    queryFn: ({ signal }) =>
      getAll(ENTRIES_SHOWN, (query) => answered(one.agents.$get({ param: { id }, query }, within(signal)))),
  });

const readBoard = (id: string, signal: AbortSignal, round?: string) =>
  getAll(ENTRIES_SHOWN, (at) =>
    answered(one.leaderboard.$get({ param: { id }, query: { round, ...at } }, within(signal))),
  );

export const boardQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "board"],
    queryFn: ({ signal }) => feedOf(id).read<readonly LeaderboardItem[]>(() => readBoard(id, signal), toBoard),
  });

/** As it was after a round: it never changes any more. */
export const boardAtQuery = (id: string, round: number) =>
  queryOptions({
    queryKey: ["replay", id, "board", round],
    gcTime: 60_000,
    queryFn: ({ signal }) => readBoard(id, signal, String(round)),
  });

/** `fromRound` 0: the whole of it, thinned. `agentId`: one line. */
export const equityQuery = (id: string, fromRound = 0, agentId: string | null = null) =>
  queryOptions({
    queryKey: ["t", id, "equity", fromRound, agentId],
    queryFn: ({ signal }) => {
      const query = { max_points: POINTS, from_round: String(fromRound), agent_id: agentId ?? undefined };
      return feedOf(id).read<HeldEquity>(async () => {
        const answer = await answered(one.equity.$get({ param: { id }, query }, within(signal)));
        return { ...answer, mark: null };
      }, toEquity);
    },
  });

export const roundsQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "rounds"],
    queryFn: ({ signal }) =>
      feedOf(id).read<readonly Round[]>(
        async () => (await answered(one.rounds.$get({ param: { id }, query: { limit: "100" } }, within(signal)))).items,
        toRounds,
      ),
  });

/** One round with everything in it; `agentId`: of that agent alone. Settled ones never change. */
export const roundQuery = (id: string, number: number, agentId: string | null = null) =>
  queryOptions({
    queryKey: ["round", id, number, agentId],
    gcTime: 120_000,
    queryFn: ({ signal }) => {
      const which = { param: { id, number: String(number) }, query: { agent_id: agentId ?? undefined } };
      return answered(one.rounds[":number"].$get(which, within(signal)));
    },
    staleTime: (query) => (over.has(query.state.data?.state ?? "") ? Number.POSITIVE_INFINITY : 0),
  });
const over = new Set(["settled", "skipped"]);

const nothingYet: Progress = { round: null, decided: 0, agents: [] };

/** Of the feed alone: its welcome says how the round stands. */
export const progressQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "progress"],
    queryFn: () => feedOf(id).told(nothingYet, toProgress),
    initialData: nothingYet,
  });

export const pricesQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "prices"],
    queryFn: ({ signal }) =>
      feedOf(id).read<Prices>(async () => {
        const items = await getAll(100, (at) =>
          answered(api.prices.$get({ query: { tournament_id: id, ...at } }, within(signal))),
        );
        return Object.fromEntries(items.map(({ symbol, price, at }) => [symbol, { price, at }]));
      }, toPrices),
  });

export const positionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "positions"],
    queryFn: ({ signal }) =>
      feedOf(id).read<readonly PositionItem[]>(
        () => getAll(ENTRIES_SHOWN, (query) => answered(one.positions.$get({ param: { id }, query }, within(signal)))),
        toPositions,
      ),
  });

type Pages<T> = InfiniteData<Page<T>, unknown>;
type Listed = readonly ["t", string, string, string | null];

function pagesQuery<T>(
  key: Listed,
  ask: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
  apply: (items: readonly T[], event: FeedEvent, agentId: string | null) => readonly T[],
) {
  const [, id, , agentId] = key;
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: string | undefined }) => {
      const load = () => ask(pageParam, signal);
      if (pageParam !== undefined) return load();
      return feedOf(id).read(load, (page, event) => ({ ...page, items: apply(page.items, event, agentId) }));
    },
    initialPageParam: undefined,
    getNextPageParam: (page: Page<T>): string | undefined => page.next_cursor ?? undefined,
  });
}

export const tradesQuery = (id: string, agentId: string | null = null) =>
  pagesQuery<TradeItem>(
    ["t", id, "trades", agentId],
    (cursor, signal) => {
      const query = { tournament_id: id, agent_id: agentId ?? undefined, limit: "50", cursor };
      return answered(api.trades.$get({ query }, within(signal)));
    },
    toTrades,
  );

export const decisionsQuery = (id: string, agentId: string | null = null) =>
  pagesQuery<LogItem>(
    ["t", id, "decisions", agentId],
    (cursor, signal) => {
      const query = { agent_id: agentId ?? undefined, limit: "60", cursor };
      return answered(one.decisions.$get({ param: { id }, query }, within(signal)));
    },
    toDecisions,
  );

/** The items of all pages; one that the feed brought and a later page has too is there once. */
export function itemsOf<T>(data: Pages<T> | undefined, keyOf: (item: T) => string): readonly T[] {
  return [...new Map(data?.pages.flatMap(({ items }) => items.map((item) => [keyOf(item), item] as const))).values()];
}

function toPages<T>(pages: Pages<T>, change: (items: readonly T[]) => readonly T[]): Pages<T> {
  const [first, ...rest] = pages.pages;
  if (!first) return pages;
  const items = change(first.items);
  return items === first.items ? pages : { ...pages, pages: [{ ...first, items }, ...rest] };
}

/** Puts an event into every such list that is held. */
function applyToLists<T>(
  id: string,
  what: "trades" | "decisions",
  queryOf: (id: string, agentId: string | null) => { queryKey: Listed },
  change: (items: readonly T[], agentId: string | null) => readonly T[],
): void {
  for (const { queryKey } of queryClient.getQueryCache().findAll({ queryKey: ["t", id, what] })) {
    const agent = agentOf(queryKey[3]);
    const key = queryOf(id, agent).queryKey;
    const held = queryClient.setQueryData<Pages<T>>(
      key,
      (pages) => pages && toPages(pages, (items) => change(items, agent)),
    );
    const [first] = held?.pages ?? [];
    if (!first || first.items.length <= LIVE_ITEMS_MAX) continue;
    // With one page the list is read anew as that page, and the next one follows it.
    queryClient.setQueryData<Pages<T>>(key, { pages: [first], pageParams: [undefined] });
    void readNow(key);
  }
}

const agentOf = (value: unknown) => (typeof value === "string" ? value : null);

/** What an event changes, wherever it is held. What isn't held stays so: it is brought up to date when it is read. */
function applyEvent(id: string, event: FeedEvent): void {
  const cache = queryClient;
  cache.setQueryData(tournamentQuery(id).queryKey, (held) => held && toTournament(held, event));
  cache.setQueryData(boardQuery(id).queryKey, (held) => held && toBoard(held, event));
  cache.setQueryData(roundsQuery(id).queryKey, (held) => held && toRounds(held, event));
  cache.setQueryData(progressQuery(id).queryKey, (held = nothingYet) => toProgress(held, event));
  cache.setQueryData(pricesQuery(id).queryKey, (held) => held && toPrices(held, event));
  cache.setQueryData(positionsQuery(id).queryKey, (held) => held && toPositions(held, event));
  for (const { queryKey } of cache.getQueryCache().findAll({ queryKey: ["t", id, "equity"] })) {
    const key = equityQuery(id, Number(queryKey[3]), agentOf(queryKey[4])).queryKey;
    cache.setQueryData(key, (held) => held && toEquity(held, event));
  }
  applyToLists<TradeItem>(id, "trades", tradesQuery, (items, agent) => toTrades(items, event, agent));
  applyToLists<LogItem>(id, "decisions", decisionsQuery, (items, agent) => toDecisions(items, event, agent));
  if (event.type === "tournament") joined(id, event.entries);
  // An entry's memory and state are not in the feed, and are others after each round.
  if (event.type === "round" && event.state === "settled") reread("entry", id);
}

setApply((id, events) => {
  for (const event of events) applyEvent(id, event);
  for (const gap of gapsOf(events)) reread("t", id, gap);
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
