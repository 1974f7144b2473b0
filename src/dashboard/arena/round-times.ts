/**
 * How a tournament's pages show the times of its rounds. A replay plays in seconds what took days on its market, so when a
 * machine decided or filled says nothing: everything carries its round's time on the market.
 */
import { createContext, useContext, useMemo } from "react";
import type { Tournament } from "../api/answers.ts";

interface RoundTimes {
  /** A round's time on the market, for a replay; null for a tournament that keeps real time. */
  readonly marketTime: ((round: number) => string) | null;
  /** From one round to the next. */
  readonly everySeconds: number;
}

export const RoundTimesContext = createContext<RoundTimes>({ marketTime: null, everySeconds: 60 });

export const useRoundTimes = () => useContext(RoundTimesContext);

export function useRoundTimesOf({ market, starts_at, interval_seconds: everySeconds }: Tournament): RoundTimes {
  return useMemo(() => {
    const at = (round: number) => new Date(Date.parse(starts_at) + round * everySeconds * 1000).toISOString();
    return { marketTime: market === "replay" ? at : null, everySeconds };
  }, [market, starts_at, everySeconds]);
}
