/**
 * The queries of a tournament's data. Each is read once by REST, and then the feed keeps it up to date by the function that
 * the query names. Keys begin with ["t", id].
 */
import { type InfiniteData, infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { FeedEvent } from "../../api/feed.ts";
import type { Page } from "../../http/request/paging.ts";
import type { LeaderboardItem, PositionItem, Round, TradeItem } from "../api/answers.ts";
import { answered, api, getAll, within } from "../api/client.ts";
import { queryClient } from "../api/session.ts";
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
} from "./apply-event.ts";
import { feedOf, setApply } from "./feed.ts";
import { filterOf, filterText, type LogFilter, wholeLog } from "./log-filter.ts";
import { readNow, reread } from "./reread.ts";

/** The most entries that a page reads; the API has all of them. */
const ENTRIES_SHOWN = 2000;
const POINTS = "800";
/** A first page that the feed has grown past this is read again. */
const LIVE_ITEMS_MAX = 1000;

const one = api.tournaments[":id"];

export const tournamentQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "tournament"],
    queryFn: ({ signal }) => feedOf(id).read(() => answered(one.$get({ param: { id } }, within(signal))), toTournament),
  });

/** In the order in which the entries joined, which gives each its colour. */
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

/** The leaderboard as a settled round left it, which never changes. */
export const boardAtQuery = (id: string, round: number) =>
  queryOptions({
    queryKey: ["replay", id, "board", round],
    gcTime: 60_000,
    queryFn: ({ signal }) => readBoard(id, signal, String(round)),
  });

/** `fromRound` 0: all rounds, thinned. `agentId`: the line of one agent. */
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

const nothingYet: Progress = { round: null, decided: 0, agents: [] };

/** Comes from the feed alone, whose welcome says how the round stands. */
export const progressQuery = (id: string) =>
  queryOptions({
    queryKey: ["t", id, "progress"],
    queryFn: () => feedOf(id).fromRecent(nothingYet, toProgress),
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
/** A list's key ends with whose items it has, and with its filter. */
type Listed = readonly ["t", string, string, string | null, string];

function pagesQuery<T>(
  key: Listed,
  ask: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
  apply: (items: readonly T[], event: FeedEvent) => readonly T[],
) {
  const [, id] = key;
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: string | undefined }) => {
      const load = () => ask(pageParam, signal);
      if (pageParam !== undefined) return load();
      return feedOf(id).read(load, (page, event) => ({ ...page, items: apply(page.items, event) }));
    },
    initialPageParam: undefined,
    getNextPageParam: (page: Page<T>): string | undefined => page.next_cursor ?? undefined,
  });
}

export const tradesQuery = (id: string, agentId: string | null = null) =>
  pagesQuery<TradeItem>(
    ["t", id, "trades", agentId, ""],
    (cursor, signal) => {
      const query = { tournament_id: id, agent_id: agentId ?? undefined, limit: "50", cursor };
      return answered(api.trades.$get({ query }, within(signal)));
    },
    (items, event) => toTrades(items, event, agentId),
  );

export const decisionsQuery = (id: string, agentId: string | null = null, filter = wholeLog) =>
  pagesQuery<LogItem>(
    ["t", id, "decisions", agentId, filterText(filter)],
    (cursor, signal) => {
      const { only, baselines, said } = filter;
      const shown = { only, baselines: `${baselines}` as const, q: said || undefined };
      const query = { agent_id: agentId ?? undefined, ...shown, limit: "100", cursor };
      return answered(one.decisions.$get({ param: { id }, query }, within(signal)));
    },
    (items, event) => toDecisions(items, event, { agentId, filter, baselines: baselinesOf(id) }),
  );

/** The feed does not say which agents are baselines. */
function baselinesOf(id: string): ReadonlySet<string> {
  const entries = queryClient.getQueryData(entriesQuery(id).queryKey) ?? [];
  return new Set(entries.filter(({ baseline }) => baseline).map(({ agent_id }) => agent_id));
}

/** The items of all pages. An item that came by the feed and by a later page is there once. */
export function itemsOf<T>(data: Pages<T> | undefined, keyOf: (item: T) => string): readonly T[] {
  return [...new Map(data?.pages.flatMap(({ items }) => items.map((item) => [keyOf(item), item] as const))).values()];
}

function toPages<T>(pages: Pages<T>, change: (items: readonly T[]) => readonly T[]): Pages<T> {
  const [first, ...rest] = pages.pages;
  if (!first) return pages;
  const items = change(first.items);
  return items === first.items ? pages : { ...pages, pages: [{ ...first, items }, ...rest] };
}

/** Applies an event to every cached list of a kind. */
function applyToLists<T>(
  id: string,
  what: "trades" | "decisions",
  change: (items: readonly T[], agentId: string | null, filter: LogFilter) => readonly T[],
): void {
  for (const { queryKey: key } of queryClient.getQueryCache().findAll({ queryKey: ["t", id, what] })) {
    const [agent, filter] = [agentOf(key[3]), filterOf(key[4])];
    const held = queryClient.setQueryData<Pages<T>>(
      key,
      (pages) => pages && toPages(pages, (items) => change(items, agent, filter)),
    );
    const [first] = held?.pages ?? [];
    if (!first || first.items.length <= LIVE_ITEMS_MAX) continue;
    // The list shrinks to one page, so that only this page is read again and the next page follows it.
    queryClient.setQueryData<Pages<T>>(key, { pages: [first], pageParams: [undefined] });
    void readNow(key);
  }
}

const agentOf = (value: unknown) => (typeof value === "string" ? value : null);

/** Applies an event to all cached data. Data that is not cached gets the event when it is read. */
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
  applyToLists<TradeItem>(id, "trades", (items, agent) => toTrades(items, event, agent));
  const baselines = baselinesOf(id);
  applyToLists<LogItem>(id, "decisions", (items, agentId, filter) =>
    toDecisions(items, event, { agentId, filter, baselines }),
  );
  // An order may be refused long after its decision was listed: at the fill.
  if (event.type === "fills" && event.refused.length > 0) reread("t", id, "decisions");
  if (event.type === "tournament") readJoined(id, event.entries);
  // An entry's memory and state change with each round and are not in the feed.
  if (event.type === "round" && event.state === "settled") reread("entry", id);
}

setApply((id, events) => {
  for (const event of events) applyEvent(id, event);
  for (const gap of gapsOf(events)) reread("t", id, gap);
});

/** Reads the entries again when more have joined: the feed says only how many there are. */
function readJoined(id: string, count: number): void {
  const held = queryClient.getQueryData(entriesQuery(id).queryKey);
  if (held && held.length !== Math.min(count, ENTRIES_SHOWN)) {
    for (const what of ["entries", "board", "positions", "equity"]) {
      void queryClient.invalidateQueries({ queryKey: ["t", id, what] });
    }
  }
}
