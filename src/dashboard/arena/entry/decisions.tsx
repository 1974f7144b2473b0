import type { Look } from "../agents/look.ts";
import { AgentLog } from "../decisions/agent-log.tsx";
import { DecisionList } from "../decisions/decision-list.tsx";

interface LogProps {
  readonly tournamentId: string;
  readonly agentId: string;
  readonly look: Look;
}

/** The decision log: a folding card a round, newest first. */
export function EntryDecisions({ tournamentId, agentId, look }: LogProps) {
  return (
    <DecisionList tournamentId={tournamentId} agentId={agentId}>
      {(items) => <AgentLog items={items} tournamentId={tournamentId} look={look} />}
    </DecisionList>
  );
}
