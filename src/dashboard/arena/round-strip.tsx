/** The round under way: open → closed → quoted → settled, who has decided, who is late, and what it waits for. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Entry, Tournament } from "../api/answers.ts";
import { progressQuery, roundsQuery } from "../live/tournament-queries.ts";
import { Chip } from "../parts/chip.tsx";
import { useNow } from "../parts/time.tsx";
import { countdownText, exactText } from "../parts/time-text.ts";
import { type Look, unknownLook } from "./agent-look.ts";
import { Mark } from "./agent-name.tsx";
import { RoundHistory } from "./round-history.tsx";
import { countdownOf, lateFrom, STEPS, stepsDone, stepTime } from "./round-phase.ts";
import { skipSentence } from "./words.ts";

interface StripProps {
  readonly tournament: Tournament;
  readonly entries: readonly Entry[];
  readonly looks: ReadonlyMap<string, Look>;
  readonly onRound: (round: number) => void;
}

/** More have no mark each. */
const MARKS_MAX = 40;

export function RoundStrip({ tournament, entries, looks, onRound }: StripProps) {
  const { data: progress } = useQuery(progressQuery(tournament.id));
  const { data: rounds } = useQuery(roundsQuery(tournament.id));
  const now = useNow();
  const { round } = progress;
  const countdown = countdownOf(tournament, round);
  const participants = useMemo(
    () =>
      round === null
        ? []
        : entries.filter(
            ({ first_round, last_round }) =>
              first_round <= round.number && (last_round ?? round.number) >= round.number,
          ),
    [entries, round],
  );
  const decided = useMemo(() => new Set(progress.agents), [progress.agents]);
  const late = round !== null && round.state === "open" && now >= lateFrom(round, tournament.interval_seconds);
  const everybody = round !== null && progress.decided >= round.participants;
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
      </div>
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
      {round !== null && round.state !== "skipped" ? (
        <div className="deciders">
          <span className={late && !everybody ? "wait" : "soft"}>
            <span className="num">
              {progress.decided}/{round.participants}
            </span>{" "}
            decided
            {late && !everybody ? `, ${round.participants - progress.decided} late` : ""}
          </span>
          {participants.length > 0 && participants.length <= MARKS_MAX && round.state === "open" ? (
            <ul className="marks" aria-label="Who has decided">
              {participants.map(({ agent_id, agent }) => {
                const has = decided.has(agent_id) || everybody;
                const word = has ? "has decided" : late ? "is late" : "has not decided yet";
                return (
                  <li key={agent_id} className={has ? "has" : late ? "late" : "waits"} title={`${agent} ${word}`}>
                    <Mark look={looks.get(agent_id) ?? unknownLook} hollow={!has} />
                    <span className="hidden-text">{`${agent} ${word}`}</span>
                  </li>
                );
              })}
            </ul>
          ) : (
            <progress
              className="meter"
              value={progress.decided}
              max={Math.max(1, round.participants)}
              aria-label="Share that has decided"
            />
          )}
        </div>
      ) : null}
      <RoundHistory rounds={rounds ?? []} onRound={onRound} />
    </section>
  );
}
