/** Shows which entries have decided in a round. The marks stay in every state, so the strip keeps its height. */
import { useMemo } from "react";
import type { Entry } from "../../api/answers.ts";
import type { RoundNow } from "../../live/apply-event.ts";
import { type Look, unknownLook } from "../agents/look.ts";
import { Mark } from "../agents/name.tsx";

interface DecidersProps {
  readonly round: RoundNow | null;
  readonly progress: { readonly decided: number; readonly agents: readonly string[] };
  readonly participants: readonly Entry[];
  readonly late: boolean;
  readonly looks: ReadonlyMap<string, Look>;
}

/** With more entries, single marks are not shown. */
const MARKS_MAX = 40;

export function Deciders({ round, progress, participants, late, looks }: DecidersProps) {
  const decided = useMemo(() => new Set(progress.agents), [progress.agents]);
  const size = round?.participants ?? participants.length;
  const everybody = round !== null && progress.decided >= size;
  const waits = late && !everybody;
  const shown = round !== null && round.state !== "skipped";
  const marked = participants.length > 0 && participants.length <= MARKS_MAX;
  const open = round?.state === "open";
  return (
    <div className="deciders" style={shown ? undefined : { visibility: "hidden" }}>
      <span className={waits ? "wait" : "soft"}>
        <span className="num of-all" style={{ minWidth: `${2 * String(size).length + 1}ch` }}>
          {progress.decided}/{size}
        </span>{" "}
        decided
        {waits ? `, ${size - progress.decided} late` : ""}
      </span>
      {marked ? (
        <ul className="marks" aria-label="Who has decided">
          {participants.map(({ agent_id, agent }) => {
            const has = decided.has(agent_id) || everybody;
            const word = has ? "has decided" : late ? "is late" : open ? "has not decided yet" : "did not decide";
            return (
              <li key={agent_id} className={has ? "has" : late ? "late" : "waits"} title={`${agent} ${word}`}>
                <Mark look={looks.get(agent_id) ?? unknownLook} hollow={!has} />
                <span className="hidden-text">{`${agent} ${word}`}</span>
              </li>
            );
          })}
        </ul>
      ) : (
        <progress
          className="meter"
          value={progress.decided}
          max={Math.max(1, size)}
          aria-label="Share that has decided"
        />
      )}
    </div>
  );
}
