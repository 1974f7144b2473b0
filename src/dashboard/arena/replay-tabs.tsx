/** The tabs of a replay's frame: what was stored up to its round, and in it. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { RoundDetail, TradeItem } from "../api/answers.ts";
import { getAll, withQuery } from "../api/client.ts";
import { EmptyState, ErrorState, SkeletonRows } from "../parts/states.tsx";
import type { Look } from "./agent-look.ts";
import { PositionsTable } from "./positions-tab.tsx";
import { holdingsAfter } from "./replay-frame.ts";
import { RoundBody } from "./round-dialog.tsx";
import { Trade } from "./trades-tab.tsx";

interface FrameProps {
  readonly tournamentId: string;
  readonly round: number;
  readonly detail: RoundDetail | undefined;
  readonly looks: ReadonlyMap<string, Look>;
  readonly isolated: string | null;
}

/** Past this many trades the oldest are not read, and positions can't be told from them. */
const TRADES_MAX = 20_000;
const SHOWN = 100;

function useAllTrades(tournamentId: string) {
  return useQuery({
    queryKey: ["replay", tournamentId, "trades"],
    queryFn: ({ signal }) =>
      getAll<TradeItem>(withQuery("/trades", { tournament_id: tournamentId }), TRADES_MAX, signal),
  });
}

export function FrameDecisions({ tournamentId, detail, looks, isolated }: FrameProps) {
  const shown = useMemo(() => {
    if (!detail || isolated === null) return detail;
    const only = <T extends { readonly agent_id: string }>(items: readonly T[]) =>
      items.filter(({ agent_id }) => agent_id === isolated);
    return { ...detail, decisions: only(detail.decisions), missed: only(detail.missed) };
  }, [detail, isolated]);
  return (
    <div className="tab-pad">
      {shown ? <RoundBody detail={shown} tournamentId={tournamentId} looks={looks} /> : <SkeletonRows />}
    </div>
  );
}

export function FrameTrades({ tournamentId, round, looks, isolated }: FrameProps) {
  const { data, error, refetch } = useAllTrades(tournamentId);
  if (error) return <ErrorState what="The trades did not load." error={error} retry={() => void refetch()} />;
  if (!data) {
    return (
      <div className="tab-pad">
        <SkeletonRows />
      </div>
    );
  }
  const trades = data.filter((trade) => trade.round <= round && (isolated === null || trade.agent_id === isolated));
  if (trades.length === 0) return <EmptyState title="No trades up to this round" />;
  return (
    <ul className="trades">
      {trades.slice(0, SHOWN).map((trade) => (
        <Trade
          key={trade.id}
          trade={trade}
          look={looks.get(trade.agent_id)}
          to={`/t/${tournamentId}/${trade.agent_id}`}
        />
      ))}
      {trades.length > SHOWN ? <li className="soft small">and {trades.length - SHOWN} before them</li> : null}
    </ul>
  );
}

export function FramePositions({ tournamentId, round, detail, looks, isolated }: FrameProps) {
  const { data, error, refetch } = useAllTrades(tournamentId);
  const holdings = useMemo(() => {
    const baselines = new Set([...looks].flatMap(([id, look]) => (look.baseline ? [id] : [])));
    return holdingsAfter(data ?? [], round, detail?.quote ?? null, baselines).filter(
      ({ agent_id }) => isolated === null || agent_id === isolated,
    );
  }, [data, round, detail, looks, isolated]);
  if (error) return <ErrorState what="The trades did not load." error={error} retry={() => void refetch()} />;
  if (!data) {
    return (
      <div className="tab-pad">
        <SkeletonRows />
      </div>
    );
  }
  if (data.length >= TRADES_MAX) {
    return (
      <EmptyState title="Too many trades to tell">
        Positions of a single round are shown up to {TRADES_MAX} trades.
      </EmptyState>
    );
  }
  return (
    <PositionsTable
      holdings={holdings}
      looks={looks}
      to={(agentId) => `/t/${tournamentId}/${agentId}`}
      nameless={isolated !== null}
    />
  );
}
