/** Decisions by round, newest first: which agents ordered what, which held, which missed the round. */
import { type Look, unknownLook } from "../agents/look.ts";
import { AgentLog } from "./agent-log.tsx";
import { DecisionList } from "./decision-list.tsx";
import { foldRuns, groupByRound, isQuiet } from "./groups.ts";
import { QuietRounds, RoundGroup } from "./round-group.tsx";

interface DecisionsProps {
  readonly tournamentId: string;
  readonly looks: ReadonlyMap<string, Look>;
  /** Shows this entry's decisions alone. */
  readonly isolated: string | null;
}

export function DecisionsTab({ tournamentId, looks, isolated }: DecisionsProps) {
  return (
    <DecisionList tournamentId={tournamentId} agentId={isolated} baselines={isolated === null} fill>
      {(items, part) =>
        isolated === null ? (
          foldRuns(groupByRound(items, part), isQuiet).map((groups) => {
            const common = { tournamentId, looks };
            // The oldest round names the run: a run that grows at its top stays the same element.
            const key = groups.at(-1)?.round;
            return groups.length > 1 ? (
              <QuietRounds key={key} groups={groups} {...common} />
            ) : (
              <RoundGroup key={key} group={groups[0]} {...common} />
            );
          })
        ) : (
          <AgentLog items={items} tournamentId={tournamentId} look={looks.get(isolated) ?? unknownLook} />
        )
      }
    </DecisionList>
  );
}
