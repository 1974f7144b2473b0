/** What of an entry the feed does not carry: its memory, its live state, its statistics. Read when they are looked at. */
import { queryOptions } from "@tanstack/react-query";
import type { AgentMemory, AgentState } from "../api/answers.ts";
import { api, withQuery } from "../api/client.ts";

const path = (tournamentId: string, agentId: string, what: string) =>
  withQuery(`/agents/${agentId}/${what}`, { tournament_id: tournamentId });

export const memoryQuery = (tournamentId: string, agentId: string) =>
  queryOptions({
    queryKey: ["entry", tournamentId, agentId, "memory"],
    queryFn: ({ signal }) => api.get<AgentMemory>(path(tournamentId, agentId, "memory"), signal),
    refetchOnMount: "always",
  });

export const stateQuery = (tournamentId: string, agentId: string) =>
  queryOptions({
    queryKey: ["entry", tournamentId, agentId, "state"],
    queryFn: ({ signal }) => api.get<AgentState>(path(tournamentId, agentId, "state"), signal),
    refetchOnMount: "always",
  });
