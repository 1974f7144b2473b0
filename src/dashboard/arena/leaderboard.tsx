/** Every entry by equity, with its rank and how it moved; baselines stand in their place, without one. */
import { ArrowDown, ArrowUp } from "lucide-react";
import { useMemo } from "react";
import { useLocation } from "wouter";
import type { LeaderboardItem } from "../api/answers.ts";
import { StateBadge } from "../parts/chip.tsx";
import { Count, Figure, Money, Nothing, Percent } from "../parts/numbers.tsx";
import { EmptyState } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { type Look, unknownLook } from "./agent-look.ts";
import { AgentName } from "./agent-name.tsx";

interface BoardProps {
  readonly tournamentId: string;
  readonly board: readonly LeaderboardItem[];
  readonly looks: ReadonlyMap<string, Look>;
  readonly isolated: string | null;
  readonly onIsolate: (agentId: string | null) => void;
}

const number = (text: string | null) => (text === null ? null : Number(text));

export function Leaderboard({ tournamentId, board, looks, isolated, onIsolate }: BoardProps) {
  const [, navigate] = useLocation();
  const columns = useMemo(
    (): Column<LeaderboardItem>[] => [
      {
        id: "rank",
        header: "Rank",
        title: "By equity; ties share it, baselines have none",
        cell: (row) => <Rank row={row} />,
        // Baselines stand in their place by equity.
        sortBy: ({ equity }) => -Number(equity),
      },
      {
        id: "agent",
        header: "Agent",
        cell: ({ agent_id, agent, status }) => (
          <span className="row">
            <AgentName look={looks.get(agent_id) ?? unknownLook} name={agent} to={`/t/${tournamentId}/${agent_id}`} />
            <LineToggle
              on={isolated === agent_id}
              name={agent}
              onToggle={() => onIsolate(isolated === agent_id ? null : agent_id)}
            />
            {status === "withdrawn" ? <StateBadge state={status} /> : null}
          </span>
        ),
        sortBy: ({ agent }) => agent,
      },
      {
        id: "equity",
        header: "Equity",
        end: true,
        cell: ({ equity }) => <Money value={equity} />,
        sortBy: ({ equity }) => Number(equity),
      },
      {
        id: "return",
        header: "Return",
        end: true,
        cell: (row) => <Percent value={row.return} change />,
        sortBy: (row) => row.return,
      },
      {
        id: "profit",
        header: "Profit",
        title: "Equity less the starting cash",
        end: true,
        cell: ({ profit }) => <Money value={profit} change />,
        sortBy: ({ profit }) => Number(profit),
      },
      {
        id: "fees",
        header: "Fees",
        end: true,
        cell: ({ fees }) => <Money value={fees} />,
        sortBy: ({ fees }) => Number(fees),
      },
      {
        id: "win_rate",
        header: "Win rate",
        title: "Of closed trades",
        end: true,
        cell: ({ win_rate }) => <Percent value={win_rate} />,
        sortBy: ({ win_rate }) => win_rate,
      },
      {
        id: "biggest_win",
        header: "Biggest win",
        title: "Of a single closed trade",
        end: true,
        cell: ({ biggest_win }) => <Money value={biggest_win} change />,
        sortBy: ({ biggest_win }) => number(biggest_win),
      },
      {
        id: "biggest_loss",
        header: "Biggest loss",
        title: "Of a single closed trade",
        end: true,
        cell: ({ biggest_loss }) => <Money value={biggest_loss} change />,
        sortBy: ({ biggest_loss }) => number(biggest_loss),
      },
      {
        id: "trades",
        header: "Trades",
        end: true,
        cell: ({ trades }) => <Count value={trades} />,
        sortBy: ({ trades }) => trades,
      },
      {
        id: "sharpe",
        header: "Sharpe",
        title: "A year's, from the returns of single rounds; a short one is mostly chance",
        end: true,
        cell: ({ sharpe }) => <Figure value={sharpe} />,
        sortBy: ({ sharpe }) => sharpe,
      },
      {
        id: "drawdown",
        header: "Max drawdown",
        title: "The deepest fall from a peak",
        end: true,
        cell: ({ max_drawdown }) => <Percent value={max_drawdown} />,
        sortBy: ({ max_drawdown }) => max_drawdown,
      },
    ],
    [looks, tournamentId, isolated, onIsolate],
  );
  return (
    <Table
      label="Leaderboard"
      rows={board}
      columns={columns}
      rowKey={({ agent_id }) => agent_id}
      onOpen={({ agent_id }) => navigate(`/t/${tournamentId}/${agent_id}`)}
      rowClass={({ agent_id, baseline }) =>
        [baseline ? "baseline" : "", isolated === agent_id ? "chosen" : ""].filter(Boolean).join(" ") || undefined
      }
      height="34rem"
      empty={
        <EmptyState title="No entries yet">
          An operator enters agents, in the tournament's form or by POST …/initialize.
        </EmptyState>
      }
    />
  );
}

function Rank({ row }: { readonly row: LeaderboardItem }) {
  const { rank, rank_change: change } = row;
  if (rank === null) return <Nothing />;
  return (
    <span className="rank">
      <span className="num">{rank}</span>
      {change ? (
        <span
          className={`move ${change > 0 ? "good" : "bad"}`}
          title={`${change > 0 ? "Up" : "Down"} by ${Math.abs(change)} since the round before`}
        >
          {change > 0 ? <ArrowUp size={11} aria-hidden /> : <ArrowDown size={11} aria-hidden />}
          <span className="num">{Math.abs(change)}</span>
          <span className="hidden-text">{change > 0 ? "up" : "down"}</span>
        </span>
      ) : null}
    </span>
  );
}

interface ToggleProps {
  readonly on: boolean;
  readonly name: string;
  readonly onToggle: () => void;
}

function LineToggle({ on, name, onToggle }: ToggleProps) {
  return (
    <button
      type="button"
      className="line-toggle"
      aria-pressed={on}
      aria-label={`Only ${name} in the chart and the tabs`}
      title={on ? "Show all lines" : "Show this line alone"}
      onClick={onToggle}
    />
  );
}
