/** How an entry lives: when it was last heard of, whether its object agrees with what is stored, how often it was recovered. */
import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import type { ReactNode } from "react";
import { crashedAfterMs, staleAfterMs } from "../../core/phases.ts";
import type { AgentState, Tournament } from "../api/answers.ts";
import { IconButton } from "../parts/button.tsx";
import { Chip, type Tone } from "../parts/chip.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Count } from "../parts/numbers.tsx";
import { RelativeTime, useNow } from "../parts/time.tsx";
import { stateQuery } from "./entry-queries.ts";

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
    ["Thinking since", live.thinking ? "an outside agent is at work" : "–"],
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
        <p className="soft small">What its object holds is hidden while a round is open: rivals would copy it.</p>
      ) : data.live === null ? (
        <p className="soft small">Its object did not answer. What is stored stands without it.</p>
      ) : null}
    </div>
  );
}

interface VersionsProps {
  readonly stored: number;
  readonly held: number | null;
  readonly hidden: boolean;
}

function Versions({ stored, held, hidden }: VersionsProps) {
  return (
    <>
      <Count value={stored} /> stored
      {hidden ? null : (
        <>
          ,{" "}
          {held === null ? (
            "its object holds none: it takes the stored one"
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

function verdict(state: AgentState, tournament: Tournament, now: number): readonly [Tone, string, string] {
  if (tournament.status !== "live") return ["plain", tournament.status, "Nothing is expected of it."];
  const last = state.last_decision?.decided_at ?? tournament.started_at;
  const silentMs = last === null ? 0 : now - Date.parse(last);
  if (silentMs > crashedAfterMs(tournament.interval_seconds)) {
    return ["bad", "silent", "recover_crashed_agents takes it up, or an operator does."];
  }
  if (silentMs > staleAfterMs(tournament.interval_seconds) + 5_000) {
    return ["wait", "late", "No decision for two intervals; its object recovers itself."];
  }
  return ["good", "healthy", "It decides round by round."];
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
