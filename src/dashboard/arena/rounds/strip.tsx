/**
 * The round under way. It shows the round's step (open → closed → quoted → settled), its countdown, and which entries have
 * decided or are late.
 */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Entry, Tournament } from "../../api/answers.ts";
import { stuckQuery } from "../../live/stuck-query.ts";
import { progressQuery, roundsQuery } from "../../live/tournament-queries.ts";
import { Chip } from "../../parts/chip.tsx";
import { RelativeTime, useNow } from "../../parts/text/time.tsx";
import { countdownText, exactText } from "../../parts/text/time-text.ts";
import type { Look } from "../agents/look.ts";
import { skipSentence } from "../words.ts";
import { Deciders } from "./deciders.tsx";
import { RoundHistory } from "./history.tsx";
import { countdownOf, isLate, mayBeStuck, STEPS, stepsDone, stepTime } from "./phase.ts";

interface StripProps {
  readonly tournament: Tournament;
  readonly entries: readonly Entry[];
  readonly looks: ReadonlyMap<string, Look>;
  readonly onRound: (round: number) => void;
}

export function RoundStrip({ tournament, entries, looks, onRound }: StripProps) {
  const { data: progress } = useQuery(progressQuery(tournament.id));
  const { data: rounds } = useQuery(roundsQuery(tournament.id));
  const now = useNow();
  const { round } = progress;
  const countdown = countdownOf(tournament, round);
  const asks = mayBeStuck(tournament, round, now);
  const { data: stuckSince } = useQuery(stuckQuery(tournament.id, asks));
  const participants = useMemo(
    () =>
      round === null
        ? entries
        : entries.filter(
            ({ first_round, last_round }) =>
              first_round <= round.number && (last_round ?? round.number) >= round.number,
          ),
    [entries, round],
  );
  return (
    <section className="round-strip" aria-label="The round under way">
      <div className="round-head">
        <strong className="num">{round === null ? "No round yet" : `Round ${round.number}`}</strong>
        {countdown ? (
          <span className="soft" role="timer" aria-live="off">
            {countdown.label}
            {countdown.to === null ? null : (
              <>
                {" "}
                <span className="num countdown">{countdownText((countdown.to - now) / 1000)}</span>
              </>
            )}
          </span>
        ) : null}
        {asks && stuckSince ? (
          <Chip tone="bad" dot>
            has not moved since <RelativeTime at={stuckSince} />
          </Chip>
        ) : null}
      </div>
      <div className="round-steps">
        {round === null ? null : round.state === "skipped" ? (
          <Chip>skipped: {skipSentence(round.skip_reason)}</Chip>
        ) : (
          <ol className="steps">
            {STEPS.map((step, i) => {
              const done = stepsDone(round);
              const at = stepTime(round, step);
              const state = i < done ? (i === done - 1 && done < STEPS.length ? "now" : "done") : "ahead";
              return (
                <li
                  key={step}
                  className={state}
                  title={at ? exactText(at) : undefined}
                  aria-current={state === "now" ? "step" : undefined}
                >
                  <span>{step}</span>
                </li>
              );
            })}
          </ol>
        )}
      </div>
      <Deciders
        round={round}
        progress={progress}
        participants={participants}
        late={round !== null && isLate(round, tournament.interval_seconds, now)}
        looks={looks}
      />
      <div className="round-past">
        <span className="soft">Earlier rounds</span>
        <RoundHistory rounds={rounds ?? []} onRound={onRound} />
      </div>
    </section>
  );
}
