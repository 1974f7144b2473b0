/** The queries of an entry for what the feed does not carry: memory, live state, statistics. Read when a page shows them. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api, within } from "../../api/client.ts";

const of = (tournamentId: string, agentId: string) => ({
  param: { id: agentId },
  query: { tournament_id: tournamentId },
});

export const memoryQuery = (tournamentId: string, agentId: string) =>
  queryOptions({
    queryKey: ["entry", tournamentId, agentId, "memory"],
    queryFn: ({ signal }) => answered(api.agents[":id"].memory.$get(of(tournamentId, agentId), within(signal))),
    refetchOnMount: "always",
  });

export const stateQuery = (tournamentId: string, agentId: string) =>
  queryOptions({
    queryKey: ["entry", tournamentId, agentId, "state"],
    queryFn: ({ signal }) => answered(api.agents[":id"].state.$get(of(tournamentId, agentId), within(signal))),
    refetchOnMount: "always",
  });
