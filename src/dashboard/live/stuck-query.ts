/** Whether a round that stands still is stuck. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api, within } from "../api/client.ts";

const STUCK_POLL_MS = 15_000;

/** Since when the round has not moved; null while it moves. The feed is silent about a stuck round, so the page polls. */
export const stuckQuery = (id: string, asks: boolean) =>
  queryOptions({
    queryKey: ["t", id, "stuck"],
    enabled: asks,
    refetchInterval: STUCK_POLL_MS,
    staleTime: 0,
    queryFn: async ({ signal }) =>
      (await answered(api.tournaments[":id"].$get({ param: { id } }, within(signal)))).stuck_since,
  });
