/** An agent over all its tournaments. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { Copy, Pencil } from "lucide-react";
import { Link, useLocation, useParams } from "wouter";
import type { AgentEntryItem, AgentStats } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { useSession } from "../../api/session.ts";
import { Card } from "../../parts/card.tsx";
import { Chip, StateBadge } from "../../parts/chip.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Page } from "../../parts/page.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Count, Money, Nothing, Percent } from "../../parts/text/numbers.tsx";
import { DateTime } from "../../parts/text/time.tsx";
import { Sharpe, WinRate } from "../figures.tsx";
import { plain } from "../words.ts";
import { EnterCard } from "./enter.tsx";
import { lookOf } from "./look.ts";
import { KindChip, Mark } from "./name.tsx";
import { OwnAgent } from "./own/page-part.tsx";
import { ResultsChart } from "./results-chart.tsx";
import { Settings } from "./settings.tsx";

type Row = AgentEntryItem & { readonly stats: AgentStats | undefined };

const columns: readonly Column<Row>[] = [
  {
    id: "tournament",
    header: "Tournament",
    cell: ({ tournament, tournament_id, agent_id }) => (
      <Link className="plain cut" href={`/t/${tournament_id}/${agent_id}`}>
        {tournament}
      </Link>
    ),
    sortBy: ({ tournament }) => tournament,
  },
  {
    id: "state",
    header: "State",
    cell: ({ tournament_status }) => <StateBadge state={tournament_status} />,
    sortBy: ({ tournament_status }) => tournament_status,
  },
  {
    id: "rank",
    header: "Rank",
    end: true,
    cell: ({ stats }) => <Count value={stats?.rank ?? null} />,
    sortBy: ({ stats }) => stats?.rank ?? null,
  },
  { id: "equity", header: "Equity", end: true, cell: ({ stats }) => <Money value={stats?.equity ?? null} /> },
  {
    id: "return",
    header: "Return",
    end: true,
    cell: ({ stats }) => <Percent value={stats?.return ?? null} change />,
    sortBy: ({ stats }) => stats?.return ?? null,
  },
  {
    id: "realized",
    header: "Realised",
    end: true,
    cell: ({ stats }) => <Money value={stats?.realized_profit ?? null} change />,
  },
  { id: "fees", header: "Fees", end: true, cell: ({ stats }) => <Money value={stats?.fees ?? null} /> },
  {
    id: "trades",
    header: "Trades",
    end: true,
    cell: ({ stats }) => <Count value={stats?.trades ?? null} />,
    sortBy: ({ stats }) => stats?.trades ?? null,
  },
  { id: "win", header: "Win rate", end: true, cell: ({ stats }) => (stats ? <WinRate of={stats} /> : <Nothing />) },
  { id: "sharpe", header: "Sharpe", end: true, cell: ({ stats }) => (stats ? <Sharpe of={stats} /> : <Nothing />) },
  {
    id: "drawdown",
    header: "Max drawdown",
    end: true,
    cell: ({ stats }) => <Percent value={stats?.max_drawdown ?? null} />,
  },
];

/** Statistics are read for so many of the agent's newest tournaments. */
const STATS_MAX = 25;

export default function AgentPage() {
  const { id = "" } = useParams();
  const [, navigate] = useLocation();
  const { operator, role } = useSession();
  const {
    data: agent,
    error,
    refetch,
  } = useQuery({
    queryKey: ["agent", id, role],
    queryFn: ({ signal }) => answered(api.agents[":id"].$get({ param: { id } }, within(signal))),
  });
  const entries = useQuery({
    queryKey: ["agent", id, "entries"],
    queryFn: ({ signal }) => answered(api.agents[":id"].entries.$get({ param: { id } }, within(signal))),
    refetchOnMount: "always",
  });
  const items = entries.data?.items ?? [];
  const stats = useQueries({
    queries: items.slice(0, STATS_MAX).map(({ tournament_id }) => ({
      queryKey: ["entry", tournament_id, id, "stats"],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        answered(api.agents[":id"].stats.$get({ param: { id }, query: { tournament_id } }, within(signal))),
    })),
  });
  const crumbs = <Link href="/a">Agents</Link>;
  if (error) {
    return (
      <Page title="Agent" crumbs={crumbs}>
        <ErrorState what="This agent did not load." error={error} retry={() => void refetch()} />
      </Page>
    );
  }
  if (!agent) {
    return (
      <Page title="Agent" heading={<span className="soft">…</span>} crumbs={crumbs}>
        <SkeletonRows />
      </Page>
    );
  }
  const look = lookOf(agent);
  const rows = items.map((item, i) => ({ ...item, stats: stats[i]?.data }));
  return (
    <Page
      title={agent.name}
      crumbs={crumbs}
      heading={
        <span className="row">
          <Mark look={look} />
          {agent.name}
        </span>
      }
      actions={
        operator ? (
          <>
            {agent.archived_at === null ? (
              <Link className="btn" href={`/a/${id}/edit`}>
                <Pencil aria-hidden /> Change
              </Link>
            ) : null}
            {agent.kind === "house" ? (
              <Link className="btn" href={`/a/new?from=${id}`}>
                <Copy aria-hidden /> Copy
              </Link>
            ) : null}
          </>
        ) : null
      }
      sub={
        <>
          {look.kind ? <KindChip kind={look.kind} /> : <span>{plain(agent.strategy)}</span>}
          {agent.baseline ? <Chip>baseline</Chip> : null}
          {agent.risk_score === null ? null : (
            <span>
              risk <span className="num">{agent.risk_score}</span>
            </span>
          )}
          <span>
            made <DateTime at={agent.created_at} />
          </span>
          {agent.archived_at ? <Chip tone="wait">archived</Chip> : null}
        </>
      }
    >
      {agent.personality ? <p className="said prose">{agent.personality}</p> : null}
      {entries.data ? <OwnAgent agent={agent} entries={items} /> : null}
      {operator && agent.archived_at === null ? (
        <EnterCard agent={agent} entered={entries.data ? items.map(({ tournament_id }) => tournament_id) : null} />
      ) : null}
      <Card title="Tournaments" flush>
        <Loaded from={entries} what="Its tournaments did not load." bones={6}>
          {() => (
            <>
              <ResultsChart entries={items} />
              <Table
                label="Tournaments"
                rows={rows}
                columns={columns}
                rowKey={({ entry_id }) => entry_id}
                onOpen={({ tournament_id }) => navigate(`/t/${tournament_id}/${id}`)}
                empty={
                  <EmptyState title="It has not played yet">
                    {operator ? "Enter it into a tournament, above." : "An operator can enter it into a tournament."}
                  </EmptyState>
                }
              />
            </>
          )}
        </Loaded>
      </Card>
      {agent.kind === "house" ? <Settings agent={agent} /> : null}
    </Page>
  );
}
