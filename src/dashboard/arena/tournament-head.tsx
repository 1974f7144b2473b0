/** What stands below a tournament's name: its state, its span, its size; and who won. */
import { Trophy } from "lucide-react";
import type { Tournament } from "../api/answers.ts";
import { StateBadge } from "../parts/chip.tsx";
import { Count } from "../parts/numbers.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { intervalText } from "./words.ts";

export function TournamentFacts({ tournament }: { readonly tournament: Tournament }) {
  const { status, market, interval_seconds, entries, starts_at, ended_at, paused_at, winner } = tournament;
  return (
    <>
      <StateBadge state={status} />
      <span>
        <Count value={entries} /> {entries === 1 ? "entry" : "entries"}
      </span>
      <span>{market === "replay" ? "replay of stored candles" : "synthetic market"}</span>
      <span>a round every {intervalText(interval_seconds)}</span>
      <span>
        {status === "upcoming" ? (
          <>
            starts <RelativeTime at={starts_at} />
          </>
        ) : status === "paused" ? (
          <>
            paused <RelativeTime at={paused_at} />
          </>
        ) : status === "live" ? (
          <>
            since <RelativeTime at={tournament.started_at} />
          </>
        ) : (
          <>
            ended <RelativeTime at={ended_at} />
          </>
        )}
      </span>
      {winner ? (
        <span className="winner">
          <Trophy size={13} aria-hidden /> won by <strong className="cut">{winner.agent}</strong>
        </span>
      ) : null}
    </>
  );
}
