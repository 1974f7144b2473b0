/** A decision that was owed and never came, with the reason. */
import type { Missed } from "../../live/apply-event.ts";
import type { Look } from "../agents/look.ts";
import { AgentName } from "../agents/name.tsx";
import { codeSentence } from "../words.ts";

interface MissProps {
  readonly miss: Pick<Missed, "agent" | "round" | "reason">;
  readonly look: Look;
  /** An entry's own page shows the round in place of the name. */
  readonly byRound?: boolean;
}

export function MissedLine({ miss: { agent, round, reason }, look, byRound }: MissProps) {
  return (
    <div className={byRound ? "missed wide" : "missed"} data-glide={byRound ? round : undefined}>
      {byRound ? <span className="num round-no">Round {round}</span> : <AgentName look={look} name={agent} />}
      <span>
        <span className="bad">missed it:</span> {codeSentence(reason)}
      </span>
    </div>
  );
}
