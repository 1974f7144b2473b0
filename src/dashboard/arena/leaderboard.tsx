/** Every entry by equity, with its rank and how the rank changed. Baselines stand in their place without a rank. */
import { ArrowDown, ArrowUp, ChartSpline } from "lucide-react";
import { useMemo } from "react";
import { useLocation } from "wouter";
import { sharpeIsShown } from "../../core/enough.ts";
import type { LeaderboardItem } from "../api/answers.ts";
import { StateBadge } from "../parts/chip.tsx";
import { EmptyState } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table/table.tsx";
import { Count, Money, Nothing, Percent } from "../parts/text/numbers.tsx";
import { type Look, unknownLook } from "./agents/look.ts";
import { AgentName } from "./agents/name.tsx";
import { Sharpe, WinRate } from "./figures.tsx";

interface BoardProps {
  readonly tournamentId: string;
  readonly board: readonly LeaderboardItem[];
  readonly looks: ReadonlyMap<string, Look>;
  readonly isolated: string | null;
  readonly onIsolate: (agentId: string | null) => void;
  /** The round after which the board stands. Null before the first one. */
  readonly round: number | null;
  /** Shows a round, which says why ranks changed in it. */
  readonly onRound: (round: number) => void;
}

/** More rows scroll in a box of their own. */
const ROWS_WHOLE = 40;

const number = (text: string | null) => (text === null ? null : Number(text));

export function Leaderboard({ tournamentId, board, looks, isolated, onIsolate, round, onRound }: BoardProps) {
  const [, navigate] = useLocation();
  const columns = useMemo(
    (): Column<LeaderboardItem>[] => [
      {
        id: "rank",
        header: "Rank",
        title: "By equity; ties share it, baselines have none",
        card: "lead",
        cell: (row) => <Rank row={row} why={() => round !== null && onRound(round)} />,
        // Baselines stand in their place by equity.
        sortBy: ({ equity }) => -Number(equity),
      },
      {
        id: "agent",
        header: "Agent",
        card: "title",
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
        card: "hidden",
        header: "Profit",
        title: "Equity less the starting cash",
        end: true,
        cell: ({ profit }) => <Money value={profit} change />,
        sortBy: ({ profit }) => Number(profit),
      },
      {
        id: "fees",
        card: "hidden",
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
        cell: (row) => <WinRate of={row} />,
        sortBy: ({ win_rate }) => win_rate,
      },
      {
        id: "biggest_win",
        card: "hidden",
        header: "Biggest win",
        title: "In a single closed trade",
        end: true,
        cell: ({ biggest_win }) => <Money value={biggest_win} change />,
        sortBy: ({ biggest_win }) => number(biggest_win),
      },
      {
        id: "biggest_loss",
        card: "hidden",
        header: "Biggest loss",
        title: "In a single closed trade",
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
        title: "Annualised, from the returns of single rounds. Shown from 30 rounds on that cover a day of the market",
        end: true,
        card: "hidden",
        cell: (row) => <Sharpe of={row} />,
        sortBy: (row) => (sharpeIsShown(row) ? row.sharpe : null),
      },
      {
        id: "drawdown",
        card: "hidden",
        header: "Max drawdown",
        title: "The deepest fall from a peak",
        end: true,
        cell: ({ max_drawdown }) => <Percent value={max_drawdown} />,
        sortBy: ({ max_drawdown }) => max_drawdown,
      },
    ],
    [looks, tournamentId, isolated, onIsolate, round, onRound],
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
      {...(board.length > ROWS_WHOLE ? { height: "34rem" } : {})}
      empty={
        <EmptyState title="No entries yet">
          An operator enters agents, in the tournament's form or by POST …/initialize.
        </EmptyState>
      }
    />
  );
}

interface RankProps {
  readonly row: LeaderboardItem;
  readonly why: () => void;
}

function Rank({ row: { rank, rank_change: change }, why }: RankProps) {
  if (rank === null) return <Nothing />;
  const moved = `${change && change > 0 ? "Up" : "Down"} by ${Math.abs(change ?? 0)} since the round before`;
  return (
    <span className="rank">
      <span className="num">{rank}</span>
      {change ? (
        <button
          type="button"
          className={`move ${change > 0 ? "good" : "bad"}`}
          title={`${moved}: see why`}
          aria-label={`${moved}: see why`}
          onClick={why}
        >
          {change > 0 ? <ArrowUp size={11} aria-hidden /> : <ArrowDown size={11} aria-hidden />}
          <span className="num">{Math.abs(change)}</span>
        </button>
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
    >
      <ChartSpline aria-hidden />
    </button>
  );
}
