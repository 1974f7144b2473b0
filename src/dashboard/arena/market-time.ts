/**
 * Which clock a tournament's pages show. A replay plays in seconds what took days on its market, so when a machine decided
 * or filled says nothing: everything carries its round's time on the market.
 */
import { createContext, useContext, useMemo } from "react";
import type { Tournament } from "../api/answers.ts";

/** A round's time on the market, for a replay; null for a tournament that keeps real time. */
export type MarketTime = ((round: number) => string) | null;

export const MarketTimeContext = createContext<MarketTime>(null);

export function useMarketTime(): MarketTime {
  return useContext(MarketTimeContext);
}

export function useMarketTimeOf({ market, starts_at, interval_seconds }: Tournament): MarketTime {
  return useMemo(() => {
    if (market !== "replay") return null;
    return (round) => new Date(Date.parse(starts_at) + round * interval_seconds * 1000).toISOString();
  }, [market, starts_at, interval_seconds]);
}
