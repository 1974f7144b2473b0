/** The tabs of a replay's frame: what was stored up to its round, and in it. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { RoundDetail } from "../api/answers.ts";
import { answered, api, getAll, within } from "../api/client.ts";
import { Loaded } from "../parts/loaded.tsx";
import { EmptyState } from "../parts/states.tsx";
import type { Look } from "./agent-look.ts";
import { PositionsTable } from "./positions-tab.tsx";
import { holdingsAfter } from "./replay-frame.ts";
import { RoundBody } from "./round-dialog.tsx";
import { Trade } from "./trades-tab.tsx";

interface FrameProps {
  readonly tournamentId: string;
  readonly round: number;
  readonly asked: { readonly data: RoundDetail | undefined; readonly error: unknown; readonly refetch: () => unknown };
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
      getAll(TRADES_MAX, (at) =>
        answered(api.trades.$get({ query: { tournament_id: tournamentId, ...at } }, within(signal))),
      ),
  });
}

export function FrameDecisions({ tournamentId, asked, looks, isolated }: FrameProps) {
  return (
    <Loaded from={asked} what="The round did not load." bones={6}>
      {(detail) => (
        <div className="tab-pad">
          <RoundBody
            detail={isolated === null ? detail : ofAgent(detail, isolated)}
            tournamentId={tournamentId}
            looks={looks}
          />
        </div>
      )}
    </Loaded>
  );
}

function ofAgent(detail: RoundDetail, agentId: string): RoundDetail {
  const only = <T extends { readonly agent_id: string }>(items: readonly T[]) =>
    items.filter(({ agent_id }) => agent_id === agentId);
  return { ...detail, decisions: only(detail.decisions), missed: only(detail.missed) };
}

export function FrameTrades({ tournamentId, round, looks, isolated }: FrameProps) {
  return (
    <Loaded from={useAllTrades(tournamentId)} what="The trades did not load." bones={6}>
      {(all) => {
        const trades = all.filter(
          (trade) => trade.round <= round && (isolated === null || trade.agent_id === isolated),
        );
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
      }}
    </Loaded>
  );
}

export function FramePositions({ tournamentId, round, asked, looks, isolated }: FrameProps) {
  const query = useAllTrades(tournamentId);
  const holdings = useMemo(() => {
    const baselines = new Set([...looks].flatMap(([id, look]) => (look.baseline ? [id] : [])));
    return holdingsAfter(query.data ?? [], round, asked.data?.quote ?? null, baselines).filter(
      ({ agent_id }) => isolated === null || agent_id === isolated,
    );
  }, [query.data, round, asked.data, looks, isolated]);
  return (
    <Loaded from={query} what="The trades did not load." bones={6}>
      {(all) =>
        all.length >= TRADES_MAX ? (
          <EmptyState title="Too many trades to tell">
            Positions of a single round are shown up to {TRADES_MAX} trades.
          </EmptyState>
        ) : (
          <PositionsTable
            holdings={holdings}
            looks={looks}
            to={(agentId) => `/t/${tournamentId}/${agentId}`}
            nameless={isolated !== null}
          />
        )
      }
    </Loaded>
  );
}
