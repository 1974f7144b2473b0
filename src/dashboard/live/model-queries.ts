/** What a model did in a round, and what an entry's model has cost. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api, within } from "../api/client.ts";

export const stepsQuery = (id: string, number: number, agentId: string) =>
  queryOptions({
    queryKey: ["steps", id, number, agentId],
    gcTime: 120_000,
    queryFn: ({ signal }) => {
      const which = { param: { id, number: String(number) }, query: { agent_id: agentId } };
      return answered(api.tournaments[":id"].rounds[":number"].steps.$get(which, within(signal)));
    },
  });

export const costQuery = (id: string, agentId: string) =>
  queryOptions({
    queryKey: ["costs", id, agentId],
    queryFn: async ({ signal }) => {
      const which = { param: { id }, query: { agent_id: agentId } };
      const { items } = await answered(api.tournaments[":id"].costs.$get(which, within(signal)));
      return items[0] ?? null;
    },
    refetchInterval: 30_000,
  });
