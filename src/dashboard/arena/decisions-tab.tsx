/** Decisions by round, newest first: who ordered what, who held, who missed it. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { ScrollText } from "lucide-react";
import { useState } from "react";
import type { HeldDecision, LogItem, Missed } from "../live/held.ts";
import { decisionsQuery, itemsOf } from "../live/tournament-queries.ts";
import { MoreButton } from "../parts/button.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { EmptyState } from "../parts/states.tsx";
import { ClockTime } from "../parts/time.tsx";
import { type Look, unknownLook } from "./agent-look.ts";
import { DecisionCard } from "./decision-card.tsx";
import { MissedLine } from "./missed.tsx";

interface DecisionsProps {
  readonly tournamentId: string;
  readonly looks: ReadonlyMap<string, Look>;
  /** Only this entry's. */
  readonly isolated: string | null;
}

interface Group {
  readonly round: number;
  readonly dueAt: string;
  readonly made: readonly HeldDecision[];
  readonly held: readonly HeldDecision[];
  readonly missed: readonly Pick<Missed, "agent_id" | "agent" | "round" | "reason">[];
}

export const logKey = ({ round, agent_id }: LogItem) => `${round} ${agent_id}`;

export function DecisionsTab({ tournamentId, looks, isolated }: DecisionsProps) {
  const query = useInfiniteQuery(decisionsQuery(tournamentId, isolated));
  return (
    <Loaded from={query} what="The decisions did not load." bones={6}>
      {(data) => {
        const items = itemsOf(data, logKey);
        if (items.length === 0) {
          return (
            <EmptyState title="No decisions yet" icon={<ScrollText aria-hidden />}>
              They show when the first round has closed: while it is open, nobody sees what the others decide.
            </EmptyState>
          );
        }
        return (
          <div className="decision-list">
            {isolated === null
              ? groupByRound(items).map((group) => (
                  <RoundGroup key={group.round} group={group} tournamentId={tournamentId} looks={looks} />
                ))
              : items.map((item) => (
                  <LogLine
                    key={item.round}
                    item={item}
                    tournamentId={tournamentId}
                    look={looks.get(isolated) ?? unknownLook}
                  />
                ))}
            <MoreButton of={query}>Older rounds</MoreButton>
          </div>
        );
      }}
    </Loaded>
  );
}

interface LineProps {
  readonly item: LogItem;
  readonly tournamentId: string;
  readonly look: Look;
}

/** A round of one entry. */
export function LogLine({ item, tournamentId, look }: LineProps) {
  if (item.outcome === "missed") return <MissedLine miss={item} look={look} byRound />;
  return <DecisionCard decision={item} tournamentId={tournamentId} look={look} byRound />;
}

interface GroupProps {
  readonly group: Group;
  readonly tournamentId: string;
  readonly looks: ReadonlyMap<string, Look>;
}

export function RoundGroup({ group, tournamentId, looks }: GroupProps) {
  const { round, dueAt, made, held, missed } = group;
  const lookOf = (id: string) => looks.get(id) ?? unknownLook;
  if (made.length === 0 && missed.length === 0 && held.length > 1) {
    return <QuietRound group={group} tournamentId={tournamentId} lookOf={lookOf} />;
  }
  return (
    <section className="round-group">
      <h3>
        <span className="num">Round {round}</span>
        <span className="soft small">
          {made.length > 0 ? `${made.length} ordered, ` : ""}
          {held.length} held{missed.length > 0 ? "," : ""}{" "}
          {missed.length > 0 ? <span className="bad">{missed.length} missed</span> : null}
        </span>
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
      {held.length > 0 ? <Held decisions={held} tournamentId={tournamentId} lookOf={lookOf} /> : null}
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
      key={decision.agent_id}
      decision={decision}
      tournamentId={tournamentId}
      look={lookOf(decision.agent_id)}
    />
  ));
}

/** Most rounds most agents hold: one line for all of them, which opens. */
function Held({ decisions, tournamentId, lookOf }: HeldProps) {
  const [open, setOpen] = useState(false);
  if (decisions.length === 1) return <Cards decisions={decisions} tournamentId={tournamentId} lookOf={lookOf} />;
  return (
    <details className="held" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className="soft">{decisions.length} hold</span>
      </summary>
      {open ? <Cards decisions={decisions} tournamentId={tournamentId} lookOf={lookOf} /> : null}
    </details>
  );
}

interface QuietProps {
  readonly group: Group;
  readonly tournamentId: string;
  readonly lookOf: (id: string) => Look;
}

/** A round in which nobody did anything is one line. */
function QuietRound({ group, tournamentId, lookOf }: QuietProps) {
  const [open, setOpen] = useState(false);
  return (
    <details className="held quiet-round" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className="num">Round {group.round}</span>
        <span className="small">all {group.held.length} hold</span>
        <span className="small when">
          <ClockTime at={group.dueAt} />
        </span>
      </summary>
      {open ? <Cards decisions={group.held} tournamentId={tournamentId} lookOf={lookOf} /> : null}
    </details>
  );
}

export function groupByRound(items: readonly LogItem[]): Group[] {
  return [...Map.groupBy(items, ({ round }) => round)].map(([round, own]) => {
    const decisions = own.filter((item) => item.outcome !== "missed");
    return {
      round,
      dueAt: own[0]?.due_at ?? "",
      made: decisions.filter(({ outcome }) => outcome === "made"),
      held: decisions.filter(({ outcome }) => outcome === "held"),
      missed: own.filter((item) => item.outcome === "missed"),
    };
  });
}
