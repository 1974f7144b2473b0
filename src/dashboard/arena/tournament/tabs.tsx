import { X } from "lucide-react";
import type { Entry, RoundDetail, Tournament } from "../../api/answers.ts";
import { IconButton } from "../../parts/button.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { type Look, unknownLook } from "../agents/look.ts";
import { AgentName } from "../agents/name.tsx";
import { DecisionsTab } from "../decisions/tab.tsx";
import { PositionsTab } from "../positions-tab.tsx";
import { FrameDecisions, FramePositions, FrameTrades } from "../replay/tabs.tsx";
import { RulesTab } from "../rules-tab.tsx";
import { TradesTab } from "../trades-tab.tsx";

interface TabsProps {
  readonly tournament: Tournament;
  readonly looks: ReadonlyMap<string, Look>;
  readonly entries: readonly Entry[];
  readonly isolated: string | null;
  readonly onIsolate: (agentId: string | null) => void;
  /** The open tab; null for the decisions. */
  readonly tab: string | null;
  readonly onTab: (tab: string) => void;
  /** A replay's round; null for the tournament as it stands. */
  readonly frame: number | null;
  /** The query of that round. */
  readonly asked: { readonly data: RoundDetail | undefined; readonly error: unknown; readonly refetch: () => unknown };
}

export function TournamentTabs(props: TabsProps) {
  const { tournament, looks, entries, isolated, onIsolate, onTab, frame, asked } = props;
  const { id } = tournament;
  const live = { tournamentId: id, looks, isolated };
  const then = { ...live, round: frame ?? 0, asked };
  const tabs = [
    {
      key: "trades",
      label: "Trades",
      body: () => (frame === null ? <TradesTab {...live} /> : <FrameTrades {...then} />),
    },
    {
      key: "decisions",
      label: "Decisions",
      body: () => (frame === null ? <DecisionsTab {...live} /> : <FrameDecisions {...then} />),
    },
    {
      key: "positions",
      label: "Positions",
      body: () => (frame === null ? <PositionsTab {...live} /> : <FramePositions {...then} />),
    },
    { key: "rules", label: "Rules", body: () => <RulesTab tournament={tournament} /> },
  ];
  const name = entries.find(({ agent_id }) => agent_id === isolated)?.agent ?? "";
  const tab = tabs.find(({ key }) => key === props.tab)?.key ?? "decisions";
  return (
    <section className="card side-tabs" aria-label="Trades, decisions, positions, rules">
      <Tabs
        label="What to look at"
        tabs={tabs}
        value={tab}
        onValue={onTab}
        below={
          isolated !== null && tab !== "rules" ? (
            <div className="only">
              <span className="soft small">Only</span>
              <AgentName look={looks.get(isolated) ?? unknownLook} name={name} />
              <IconButton tiny label="All agents again" onClick={() => onIsolate(null)}>
                <X aria-hidden />
              </IconButton>
            </div>
          ) : null
        }
      />
    </section>
  );
}
