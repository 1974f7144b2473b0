/** A round's decisions: those with orders and the misses first, the holds in one line that can be opened. */
import { type ReactNode, useState } from "react";
import type { HeldDecision } from "../../live/apply-event.ts";
import { ClockTime } from "../../parts/text/time.tsx";
import { type Look, unknownLook } from "../agents/look.ts";
import { DecisionCard } from "./card.tsx";
import { type Group, holdText, isQuiet, roundsText } from "./groups.ts";
import { MissedLine } from "./missed-line.tsx";

interface GroupProps {
  readonly group: Group;
  readonly tournamentId: string;
  readonly looks: ReadonlyMap<string, Look>;
}

export function RoundGroup({ group, tournamentId, looks }: GroupProps) {
  const { round, dueAt, made, held, missed, part } = group;
  const lookOf = (id: string) => looks.get(id) ?? unknownLook;
  const counts = [made.length > 0 && `${made.length} ordered`, held.length > 0 && `${held.length} held`]
    .filter(Boolean)
    .join(", ");
  if (isQuiet(group) && held.length > 1)
    return <QuietRounds groups={[group]} tournamentId={tournamentId} looks={looks} />;
  return (
    <section className="round-group" data-glide={round}>
      <h3>
        <span className="num">Round {round}</span>
        {part ? null : (
          <span className="soft small">
            {counts}
            {counts && missed.length > 0 ? ", " : null}
            {missed.length > 0 ? <span className="bad">{missed.length} missed</span> : null}
          </span>
        )}
        <span className="soft small when">
          <ClockTime at={dueAt} />
        </span>
      </h3>
      {made.map((decision) => (
        <DecisionCard
          key={decision.agent_id}
          decision={decision}
          tournamentId={tournamentId}
          look={lookOf(decision.agent_id)}
        />
      ))}
      {missed.map((miss) => (
        <MissedLine key={miss.agent_id} miss={miss} look={lookOf(miss.agent_id)} />
      ))}
      {held.length > 0 ? <Held part={part} decisions={held} tournamentId={tournamentId} lookOf={lookOf} /> : null}
    </section>
  );
}

interface HeldProps {
  readonly decisions: readonly HeldDecision[];
  readonly tournamentId: string;
  readonly lookOf: (id: string) => Look;
}

function Cards({ decisions, tournamentId, lookOf }: HeldProps) {
  return decisions.map((decision) => (
    <DecisionCard
      key={`${decision.round} ${decision.agent_id}`}
      decision={decision}
      tournamentId={tournamentId}
      look={lookOf(decision.agent_id)}
    />
  ));
}

/** In most rounds most agents hold. One line stands for all of them and can be opened. A part of them is shown at once. */
function Held({ decisions, tournamentId, lookOf, part }: HeldProps & { readonly part: boolean }) {
  if (part || decisions.length === 1)
    return <Cards decisions={decisions} tournamentId={tournamentId} lookOf={lookOf} />;
  return (
    <Folded line={<span className="soft">{decisions.length} hold</span>}>
      {() => <Cards decisions={decisions} tournamentId={tournamentId} lookOf={lookOf} />}
    </Folded>
  );
}

interface QuietProps {
  /** Newest first. */
  readonly groups: readonly [Group, ...Group[]];
  readonly tournamentId: string;
  readonly looks: ReadonlyMap<string, Look>;
}

/** Rounds in which no agent did anything are one line. */
export function QuietRounds({ groups, tournamentId, looks }: QuietProps) {
  const [newest] = groups;
  const lookOf = (id: string) => looks.get(id) ?? unknownLook;
  return (
    <Folded
      className="quiet-round"
      glide={newest.round}
      line={
        <>
          <span className="num">{roundsText(groups.map(({ round }) => round))}</span>
          <span className="small">{holdText(groups.map(({ held }) => held.length))}</span>
          <span className="small when">
            <ClockTime at={newest.dueAt} />
          </span>
        </>
      }
    >
      {() =>
        groups.length === 1 ? (
          <Cards decisions={newest.held} tournamentId={tournamentId} lookOf={lookOf} />
        ) : (
          groups.map((group) => (
            <QuietRounds key={group.round} groups={[group]} tournamentId={tournamentId} looks={looks} />
          ))
        )
      }
    </Folded>
  );
}

interface FoldedProps {
  readonly line: ReactNode;
  readonly className?: string;
  /** Names the element for parts/glide.ts. */
  readonly glide?: number;
  readonly children: () => ReactNode;
}

export function Folded({ line, className, glide, children }: FoldedProps) {
  const [open, setOpen] = useState(false);
  return (
    <details
      className={className ? `held ${className}` : "held"}
      open={open}
      data-glide={glide}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>{line}</summary>
      {open ? children() : null}
    </details>
  );
}
