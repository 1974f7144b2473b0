/** The tabs of a replay's frame: what was stored up to and in its round. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { RoundDetail } from "../../api/answers.ts";
import { MoreButton } from "../../parts/button.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import type { Look } from "../agents/look.ts";
import { groupByRound } from "../decisions/groups.ts";
import { RoundGroup } from "../decisions/round-group.tsx";
import { PositionsTable } from "../positions-tab.tsx";
import { RoundBody } from "../rounds/dialog.tsx";
import { Trade } from "../trades-tab.tsx";
import { holdingsAfter } from "./frame.ts";
import { allTradesQuery, logUpToQuery, TRADES_MAX } from "./queries.ts";

interface FrameProps {
  readonly tournamentId: string;
  readonly round: number;
  readonly asked: { readonly data: RoundDetail | undefined; readonly error: unknown; readonly refetch: () => unknown };
  readonly looks: ReadonlyMap<string, Look>;
  readonly isolated: string | null;
}

const SHOWN = 100;

/** The round of the frame in full, and the log of the rounds before it. */
export function FrameDecisions({ tournamentId, round, asked, looks, isolated }: FrameProps) {
  return (
    <>
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
      <LogBefore tournamentId={tournamentId} round={round} looks={looks} isolated={isolated} />
    </>
  );
}

/** The log is read for so many rounds at a time, so that a player does not ask for it at every frame. */
const LOG_STEP = 64;

function LogBefore({ tournamentId, round, looks, isolated }: Omit<FrameProps, "asked">) {
  const to = Math.ceil(round / LOG_STEP) * LOG_STEP;
  const query = useInfiniteQuery({
    ...logUpToQuery(tournamentId, to, isolated, { only: "orders", baselines: isolated !== null }),
    placeholderData: keepPreviousData,
  });
  const groups = groupByRound(
    (query.data?.pages ?? []).flatMap(({ items }) => items),
    true,
  ).filter((group) => group.round < round);
  if (groups.length === 0) return null;
  return (
    <section className="decision-list" aria-label="Orders of the rounds before">
      {groups.map((group) => (
        <RoundGroup key={group.round} group={group} tournamentId={tournamentId} looks={looks} />
      ))}
      <MoreButton of={query}>Older rounds</MoreButton>
    </section>
  );
}

function ofAgent(detail: RoundDetail, agentId: string): RoundDetail {
  const only = <T extends { readonly agent_id: string }>(items: readonly T[]) =>
    items.filter(({ agent_id }) => agent_id === agentId);
  return { ...detail, decisions: only(detail.decisions), missed: only(detail.missed) };
}

export function FrameTrades({ tournamentId, round, looks, isolated }: FrameProps) {
  return (
    <Loaded from={useQuery(allTradesQuery(tournamentId))} what="The trades did not load." bones={6}>
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
  const query = useQuery(allTradesQuery(tournamentId));
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
          <EmptyState title="Too many trades">
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
