import { queryOptions } from "@tanstack/react-query";
import { answered, api, within } from "../api/client.ts";

/** One round with everything in it; `agentId`: the decisions of that agent alone. A settled round never changes. */
export const roundQuery = (id: string, number: number, agentId: string | null = null) =>
  queryOptions({
    queryKey: ["round", id, number, agentId],
    gcTime: 120_000,
    queryFn: ({ signal }) => {
      const which = { param: { id, number: String(number) }, query: { agent_id: agentId ?? undefined } };
      return answered(api.tournaments[":id"].rounds[":number"].$get(which, within(signal)));
    },
    staleTime: (query) => (over.has(query.state.data?.state ?? "") ? Number.POSITIVE_INFINITY : 0),
  });
const over = new Set(["settled", "skipped"]);
