/** The decisions of one agent, newest first: rounds in which it held are folded into one line. */
import type { LogItem } from "../../live/apply-event.ts";
import type { Look } from "../agents/look.ts";
import { DecisionCard } from "./card.tsx";
import { foldRuns, roundsText } from "./groups.ts";
import { MissedLine } from "./missed-line.tsx";
import { Folded } from "./round-group.tsx";

interface LogProps {
  readonly items: readonly LogItem[];
  readonly tournamentId: string;
  readonly look: Look;
}

export function AgentLog({ items, tournamentId, look }: LogProps) {
  return foldRuns(items, ({ outcome }) => outcome === "held").map((run) => {
    const [newest] = run;
    // The oldest round names the run: a run that grows at its top stays the same element.
    const key = run.at(-1)?.round;
    if (run.length < 2) return <LogLine key={key} item={newest} tournamentId={tournamentId} look={look} />;
    return (
      <Folded
        key={key}
        className="quiet-round"
        glide={newest.round}
        line={
          <>
            <span className="num round-no">{roundsText(run.map(({ round }) => round))}</span>
            <span className="soft">holds</span>
          </>
        }
      >
        {() => run.map((item) => <LogLine key={item.round} item={item} tournamentId={tournamentId} look={look} />)}
      </Folded>
    );
  });
}

interface LineProps {
  readonly item: LogItem;
  readonly tournamentId: string;
  readonly look: Look;
}

function LogLine({ item, tournamentId, look }: LineProps) {
  if (item.outcome === "missed") return <MissedLine miss={item} look={look} byRound />;
  return <DecisionCard decision={item} tournamentId={tournamentId} look={look} byRound />;
}
