/** Below the slider: a tick at every round in which an agent traded, the higher the more trades. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { entriesQuery } from "../../live/tournament-queries.ts";
import { allTradesQuery } from "./queries.ts";
import { ticksOf } from "./ticks.ts";

interface TicksProps {
  readonly tournamentId: string;
  readonly last: number;
  /** How many trades the whole replay has. Above a few thousand they are not read for the ticks. */
  readonly trades: number;
}

const READ_MAX = 2_000;
const TICKS_MAX = 240;

export function TradeTicks({ tournamentId, last, trades }: TicksProps) {
  const { data } = useQuery({ ...allTradesQuery(tournamentId), enabled: trades > 0 && trades <= READ_MAX });
  const { data: entries } = useQuery(entriesQuery(tournamentId));
  const ticks = useMemo(() => {
    const baselines = new Set((entries ?? []).filter(({ baseline }) => baseline).map(({ agent_id }) => agent_id));
    const rounds = (data ?? []).filter(({ agent_id }) => !baselines.has(agent_id)).map(({ round }) => round);
    return ticksOf(rounds, last, TICKS_MAX);
  }, [data, entries, last]);
  return (
    <svg className="trade-ticks" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
      {ticks.map(({ at, share }) => (
        <line key={at} x1={at * 1000} x2={at * 1000} y1={0} y2={3 + share * 7} vectorEffect="non-scaling-stroke" />
      ))}
    </svg>
  );
}
