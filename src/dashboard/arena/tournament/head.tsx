/** The line below a tournament's name: its state, its time span, its size and its winner. */
import { useQuery } from "@tanstack/react-query";
import { Trophy } from "lucide-react";
import { Link } from "wouter";
import { clockText } from "../../../core/market-clock.ts";
import { decimal } from "../../../core/money.ts";
import type { Tournament } from "../../api/answers.ts";
import { boardQuery } from "../../live/tournament-queries.ts";
import { StateBadge } from "../../parts/chip.tsx";
import { RelativeTime } from "../../parts/text/time.tsx";
import { codeSentence, fieldText, intervalText, marketWords } from "../words.ts";

export function FieldSize({ tournament }: { readonly tournament: Tournament }) {
  return (
    <span title="Baselines are there to be compared with. They have no rank.">
      {fieldText(tournament.entries, tournament.baselines)}
    </span>
  );
}

/** When a tournament to come begins. A replay's own times are those of its candles: it begins when an operator starts it. */
export function StartTime({ tournament: { market, starts_at } }: { readonly tournament: Tournament }) {
  if (market === "replay") return "waits for its start";
  return (
    <>
      starts <RelativeTime at={starts_at} />
    </>
  );
}

export function TournamentFacts({ tournament }: { readonly tournament: Tournament }) {
  const { status, market, interval_seconds, market_clock, ended_at, ended_reason } = tournament;
  const { paused_at, winner } = tournament;
  const clock = clockText(market_clock);
  return (
    <>
      <StateBadge state={status} />
      <FieldSize tournament={tournament} />
      <span>{marketWords(market)}</span>
      {clock === null ? null : <span title="How fast the market's time goes">market clock {clock}</span>}
      <span>a round every {intervalText(interval_seconds)}</span>
      <span>
        {status === "upcoming" ? (
          <StartTime tournament={tournament} />
        ) : status === "paused" ? (
          <>
            paused <RelativeTime at={paused_at} />
          </>
        ) : status === "live" ? (
          <>
            began <RelativeTime at={tournament.started_at} />
          </>
        ) : (
          <>
            ended <RelativeTime at={ended_at} />
          </>
        )}
      </span>
      {ended_reason ? (
        <span className="wait">
          {status === "completed" ? "The last good round counts. " : ""}
          {codeSentence(ended_reason)}
        </span>
      ) : null}
      {winner ? <Winner tournament={tournament} winner={winner} /> : null}
      {status === "completed" && !winner ? <Drawn id={tournament.id} /> : null}
    </>
  );
}

/** Nobody has won where several share the first place. */
function Drawn({ id }: { readonly id: string }) {
  const { data } = useQuery(boardQuery(id));
  const first = (data ?? []).filter(({ rank }) => rank === 1).length;
  return first > 1 ? <span>a draw: {first} agents share the first place</span> : null;
}

interface WinnerProps {
  readonly tournament: Tournament;
  readonly winner: NonNullable<Tournament["winner"]>;
}

/** Whoever wins among agents may still have done worse than the baselines. */
function Winner({ tournament: { id }, winner: { agent, agent_id } }: WinnerProps) {
  const { data } = useQuery(boardQuery(id));
  const baselines = (data ?? []).filter(({ baseline }) => baseline);
  const own = data?.find((place) => place.agent_id === agent_id);
  const ahead = own ? baselines.filter(({ equity }) => decimal(equity).gt(decimal(own.equity))).length : 0;
  return (
    <span className={ahead > 0 ? "winner behind" : "winner"}>
      {ahead > 0 ? null : <Trophy size={13} aria-hidden />}
      <span className="said">
        won by{" "}
        <Link className="plain" href={`/t/${id}/${agent_id}`}>
          <strong>{agent}</strong>
        </Link>
        {ahead > 0 ? `, behind ${ahead} of ${baselines.length} baselines` : null}
      </span>
    </span>
  );
}
