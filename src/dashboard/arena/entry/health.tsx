/** An entry's health: when it last decided, whether its object agrees with the stored state, how often it was recovered. */
import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { crashedAfterMs, staleAfterMs } from "../../../core/phases.ts";
import type { AgentState, Tournament } from "../../api/answers.ts";
import { IconButton } from "../../parts/button.tsx";
import { Chip, type Tone } from "../../parts/chip.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { RelativeTime, useNow } from "../../parts/text/time.tsx";
import { isOver } from "../tournament/view.tsx";
import { stateQuery } from "./queries.ts";

interface HealthProps {
  readonly tournament: Tournament;
  readonly agentId: string;
}

export function EntryHealth({ tournament, agentId }: HealthProps) {
  const query = useQuery(stateQuery(tournament.id, agentId));
  return (
    <Loaded from={query} what="Its state did not load." bones={6}>
      {(state) => (
        <Health state={state} tournament={tournament} busy={query.isFetching} again={() => void query.refetch()} />
      )}
    </Loaded>
  );
}

interface StateProps {
  readonly state: AgentState;
  readonly tournament: Tournament;
  readonly busy: boolean;
  readonly again: () => void;
}

function Health({ state: data, tournament, busy, again }: StateProps) {
  const now = useNow();
  const [tone, word, why] = verdict(data, tournament, now);
  const live = data.live ?? {};
  const rows: readonly (readonly [string, ReactNode])[] = [
    [
      "Last decision",
      data.last_decision ? (
        <span key="d">
          <RelativeTime at={data.last_decision.decided_at} />, round{" "}
          <span className="num">{data.last_decision.round}</span>
        </span>
      ) : (
        "none yet"
      ),
    ],
    ["Version", <Versions key="v" stored={data.version} held={number(live.version)} hidden={data.live_hidden} />],
    ["Recoveries", <Count key="r" value={data.recoveries} />],
    ["Thinking since", live.thinking ? "an outside agent is thinking" : "–"],
    ["Next alarm", <RelativeTime key="a" at={text(live.next_alarm_at)} />],
    ["Calls since its object woke", <Count key="c" value={number(live.calls)} />],
  ];
  return (
    <div className="rules">
      <div className="row between tab-pad">
        <span className="row">
          <Chip tone={tone} dot>
            {word}
          </Chip>
          <span className="soft small">{why}</span>
        </span>
        <IconButton tiny label="Read it again" disabled={busy} onClick={again}>
          <RefreshCw aria-hidden />
        </IconButton>
      </div>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {data.live_hidden ? (
        <p className="soft small">The object's state is hidden while a round is open: rivals would copy it.</p>
      ) : data.live === null ? (
        <p className="soft small">The object did not answer. This is the stored state.</p>
      ) : null}
    </div>
  );
}

interface VersionsProps {
  /** Null while it is hidden. */
  readonly stored: number | null;
  readonly held: number | null;
  readonly hidden: boolean;
}

function Versions({ stored, held, hidden }: VersionsProps) {
  if (stored === null) return "hidden while a round is open";
  return (
    <>
      <Count value={stored} /> stored
      {hidden ? null : (
        <>
          ,{" "}
          {held === null ? (
            "the object holds none and will take the stored one"
          ) : (
            <>
              <Count value={held} /> in its object
            </>
          )}
        </>
      )}
    </>
  );
}

function verdict(state: AgentState, tournament: Tournament, now: number): readonly [Tone, string, ReactNode] {
  if (state.halted_at !== null && !isOver(tournament))
    return [
      "bad",
      "halted",
      <>
        Round after round passed without a valid answer, so it is not asked. Its author or an operator can resume it on{" "}
        <Link href={`/a/${state.agent_id}`}>its own page</Link>.
      </>,
    ];
  if (tournament.status !== "live") return ["plain", tournament.status, "No decision is due."];
  const last = state.last_decision?.decided_at ?? tournament.started_at;
  const silentMs = last === null ? 0 : now - Date.parse(last);
  // Agents from outside decide when they like. What they do not answer is theirs, and nothing of ours recovers it.
  if (state.kind === "outside") return ["good", "asked", "It decides by its own program."];
  if (silentMs > crashedAfterMs(tournament.interval_seconds)) {
    return ["bad", "silent", "The task recover_crashed_agents or an operator recovers it."];
  }
  if (silentMs > staleAfterMs(tournament.interval_seconds) + 5_000) {
    return ["wait", "late", "No decision for two intervals. The object recovers itself."];
  }
  return ["good", "healthy", "It decides round by round."];
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
