/** What a replay's player reads beside its frames: every trade, and the log up to a round. Neither ever changes. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Page } from "../../../http/request/paging.ts";
import { answered, api, getAll, within } from "../../api/client.ts";
import type { LogItem } from "../../live/apply-event.ts";
import { filterText, type LogFilter } from "../../live/log-filter.ts";

/** With more trades the oldest are not read, so positions can't be computed. */
export const TRADES_MAX = 20_000;

/** Every trade of a tournament that is over. */
export const allTradesQuery = (tournamentId: string) =>
  queryOptions({
    queryKey: ["replay", tournamentId, "trades"],
    queryFn: ({ signal }) =>
      getAll(TRADES_MAX, (at) =>
        answered(api.trades.$get({ query: { tournament_id: tournamentId, ...at } }, within(signal))),
      ),
  });

/** `to`: the round. */
export const logUpToQuery = (id: string, to: number, agentId: string | null, filter: LogFilter) =>
  infiniteQueryOptions({
    queryKey: ["replay", id, "log", to, agentId, filterText(filter)],
    queryFn: ({ signal, pageParam: cursor }: { signal: AbortSignal; pageParam: string | undefined }) => {
      const { only, baselines } = filter;
      const query = {
        agent_id: agentId ?? undefined,
        only,
        baselines: `${baselines}` as const,
        to_round: String(to),
        limit: "100",
        cursor,
      };
      return answered(api.tournaments[":id"].decisions.$get({ param: { id }, query }, within(signal)));
    },
    initialPageParam: undefined,
    getNextPageParam: (page: Page<LogItem>): string | undefined => page.next_cursor ?? undefined,
  });
