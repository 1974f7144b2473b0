/** What of an entry the feed does not carry: its memory, its live state, its statistics. Read when they are looked at. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api, within } from "../api/client.ts";

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
