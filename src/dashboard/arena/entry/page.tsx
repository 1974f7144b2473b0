/** One agent in one tournament: its figures, its curve with its trades, its holdings, decisions, memory and health. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link, useParams } from "wouter";
import type { Entry, Tournament } from "../../api/answers.ts";
import { useFeed } from "../../live/feed.ts";
import { boardQuery, entriesQuery, equityQuery, tournamentQuery, tradesQuery } from "../../live/tournament-queries.ts";
import { Card } from "../../parts/card.tsx";
import { StateBadge } from "../../parts/chip.tsx";
import { ConnectionBadge } from "../../parts/connection-badge.tsx";
import { Page } from "../../parts/page.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../parts/states.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { useWide } from "../../parts/use-wide.ts";
import { type Look, looksOf, unknownLook } from "../agents/look.ts";
import { KindChip, Mark } from "../agents/name.tsx";
import { EquityChart } from "../chart/equity-chart.tsx";
import type { TradeMark } from "../chart/plot-options.ts";
import { useChosen } from "../chosen.ts";
import { PositionsTab } from "../positions-tab.tsx";
import { RoundTimesContext, useRoundTimesOf } from "../round-times.ts";
import { StaleNote } from "../stale-note.tsx";
import { isOver } from "../tournament/view.tsx";
import { TradesTab } from "../trades-tab.tsx";
import { plain } from "../words.ts";
import { EntryControls } from "./controls.tsx";
import { EntryDecisions } from "./decisions.tsx";
import { HaltedChip } from "./halted-chip.tsx";
import { EntryHealth } from "./health.tsx";
import { EntryKpis } from "./kpis.tsx";
import { EntryMemory } from "./memory.tsx";
import { ModelCostLine } from "./model-cost.tsx";

export default function EntryPage() {
  const { id = "", agent = "" } = useParams();
  const { data: tournament, error, refetch } = useQuery(tournamentQuery(id));
  const connection = useFeed(id, !tournament || isOver(tournament));
  const { data: entries, error: noEntries, refetch: readEntries } = useQuery(entriesQuery(id));
  const entry = entries?.find(({ agent_id }) => agent_id === agent);
  const looks = useMemo(() => looksOf(entries ?? []), [entries]);
  const crumbs = (
    <>
      <Link href="/">Arena</Link> / <Link href={`/t/${id}`}>{tournament?.name ?? "…"}</Link>
    </>
  );
  const fault = (tournament ? null : error) ?? (entries ? null : noEntries);
  if (fault) {
    const retry = () => {
      if (!tournament) void refetch();
      if (!entries) void readEntries();
    };
    return (
      <Page title="Entry" crumbs={crumbs}>
        <ErrorState what="This entry did not load." error={fault} retry={retry} />
      </Page>
    );
  }
  if (!tournament || !entries) {
    return (
      <Page title="Entry" heading={<span className="soft">…</span>} crumbs={crumbs}>
        <SkeletonRows rows={10} />
      </Page>
    );
  }
  if (!entry) {
    return (
      <Page title="Entry" crumbs={crumbs}>
        <EmptyState title="This agent does not play here" actions={<Link href={`/t/${id}`}>To the tournament</Link>}>
          The link may belong to another tournament.
        </EmptyState>
      </Page>
    );
  }
  const look = looks.get(agent) ?? unknownLook;
  return (
    <Page
      title={`${entry.agent} in ${tournament.name}`}
      crumbs={crumbs}
      heading={
        <span className="row">
          <Mark look={look} />
          {entry.agent}
        </span>
      }
      sub={
        <>
          {entry.status === "active" ? null : <StateBadge state={entry.status} />}
          {entry.kind === "house" || isOver(tournament) ? null : <HaltedChip tournamentId={id} agentId={agent} />}
          {look.kind ? (
            <KindChip kind={look.kind} />
          ) : (
            <span>
              {entry.baseline ? "baseline" : "agent"}, strategy: {plain(entry.strategy)}
            </span>
          )}
          <Link href={`/a/${agent}`}>All of its tournaments</Link>
        </>
      }
      status={<ConnectionBadge state={connection} />}
      actions={<EntryControls tournament={tournament} agentId={agent} agent={entry.agent} kind={entry.kind} />}
    >
      <StaleNote state={connection} />
      <EntryBody key={`${id} ${agent}`} tournament={tournament} agentId={agent} entry={entry} looks={looks} />
    </Page>
  );
}

const TABS = ["trades", "positions", "memory", "health"] as const;

interface BodyProps {
  readonly tournament: Tournament;
  readonly agentId: string;
  readonly entry: Pick<Entry, "kind">;
  readonly looks: ReadonlyMap<string, Look>;
}

function EntryBody({ tournament, agentId, entry, looks }: BodyProps) {
  const { id } = tournament;
  const wide = useWide();
  const [chosen, choose] = useChosen();
  const times = useRoundTimesOf(tournament);
  const board = useQuery(boardQuery(id));
  const equity = useQuery(equityQuery(id, 0, agentId));
  const trades = useInfiniteQuery(tradesQuery(id, agentId));
  const marks = useMemo(
    (): TradeMark[] =>
      (trades.data?.pages ?? []).flatMap(({ items }) =>
        items.map(({ round, side }) => ({
          time: (Date.parse(tournament.starts_at) + round * tournament.interval_seconds * 1000) / 1000,
          side,
        })),
      ),
    [trades.data, tournament],
  );
  const own = board.data?.find(({ agent_id }) => agent_id === agentId);
  const common = { tournamentId: id, looks, isolated: agentId };
  return (
    <RoundTimesContext value={times}>
      {board.error && !board.data ? (
        <ErrorState what="The entry's figures did not load." error={board.error} retry={() => void board.refetch()} />
      ) : (
        <EntryKpis item={own} tournament={tournament} agentId={agentId} />
      )}
      {entry.kind === "llm" ? <ModelCostLine tournamentId={id} agentId={agentId} /> : null}
      <div className="arena-grid">
        <Card
          title="Equity"
          flush
          actions={
            <span className="soft small row">
              <span className="triangle up" /> buy <span className="triangle down" /> sell
            </span>
          }
        >
          {equity.error && !equity.data ? (
            <ErrorState what="The chart did not load." error={equity.error} retry={() => void equity.refetch()} />
          ) : (
            <EquityChart
              equity={equity.data}
              looks={looks}
              isolated={agentId}
              onIsolate={() => {}}
              chosen={chosen}
              onChosen={choose}
              marks={marks}
              height={wide ? 340 : 260}
              single
            />
          )}
        </Card>
        <section className="card side-tabs" aria-label="Trades, positions, memory">
          <Tabs
            label="What to look at"
            value={TABS.find((key) => key === chosen.tab) ?? TABS[0]}
            onValue={(tab) => choose({ tab })}
            tabs={[
              { key: "trades", label: "Trades", body: () => <TradesTab {...common} nameless /> },
              { key: "positions", label: "Positions", body: () => <PositionsTab {...common} /> },
              { key: "memory", label: "Memory", body: () => <EntryMemory tournamentId={id} agentId={agentId} /> },
              { key: "health", label: "Health", body: () => <EntryHealth tournament={tournament} agentId={agentId} /> },
            ]}
          />
        </section>
      </div>
      <Card title="Decisions" flush>
        <EntryDecisions tournamentId={id} agentId={agentId} look={looks.get(agentId) ?? unknownLook} />
      </Card>
    </RoundTimesContext>
  );
}
