/** A decision that was owed and never came, and why. */
import type { Missed } from "../live/held.ts";
import type { Look } from "./agent-look.ts";
import { AgentName } from "./agent-name.tsx";
import { codeSentence } from "./words.ts";

interface MissProps {
  readonly miss: Pick<Missed, "agent" | "round" | "reason">;
  readonly look: Look;
  /** On an entry's own page the round stands where the name would. */
  readonly byRound?: boolean;
}

export function MissedLine({ miss: { agent, round, reason }, look, byRound }: MissProps) {
  return (
    <div className={byRound ? "missed wide" : "missed"}>
      {byRound ? <span className="num round-no">Round {round}</span> : <AgentName look={look} name={agent} />}
      <span>
        <span className="bad">missed it:</span> {codeSentence(reason)}
      </span>
    </div>
  );
}
