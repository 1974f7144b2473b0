import { useState } from "react";
import type { RoundDetail, Tournament } from "../api/answers.ts";
import { Button } from "../parts/button.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { type Look, unknownLook } from "./agent-look.ts";
import { AgentName } from "./agent-name.tsx";
import { DecisionsTab } from "./decisions-tab.tsx";
import { PositionsTab } from "./positions-tab.tsx";
import { FrameDecisions, FramePositions, FrameTrades } from "./replay-tabs.tsx";
import { RulesTab } from "./rules-tab.tsx";
import { TradesTab } from "./trades-tab.tsx";

interface TabsProps {
  readonly tournament: Tournament;
  readonly looks: ReadonlyMap<string, Look>;
  readonly isolated: string | null;
  readonly onIsolate: (agentId: string | null) => void;
  /** A replay's round; null: as it stands. */
  readonly frame: number | null;
  /** The question for that round. */
  readonly asked: { readonly data: RoundDetail | undefined; readonly error: unknown; readonly refetch: () => unknown };
}

export function TournamentTabs({ tournament, looks, isolated, onIsolate, frame, asked }: TabsProps) {
  const [tab, setTab] = useState("decisions");
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
  return (
    <section className="card side-tabs" aria-label="Trades, decisions, positions, rules">
      <Tabs label="What to look at" tabs={tabs} value={tab} onValue={setTab} />
      {isolated !== null && tab !== "rules" ? (
        <div className="only">
          <span className="soft small">Only</span>
          <AgentName look={looks.get(isolated) ?? unknownLook} name="" />
          <Button tiny kind="quiet" onClick={() => onIsolate(null)}>
            Show all
          </Button>
        </div>
      ) : null}
    </section>
  );
}
