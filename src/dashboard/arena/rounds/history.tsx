/** The last rounds, a bar each, newest at the right. Tab stops once; arrow keys move between rounds, Enter opens one. */
import { type KeyboardEvent, useState } from "react";
import type { Round } from "../../api/answers.ts";
import { skipSentence } from "../words.ts";

interface HistoryProps {
  /** Newest first. */
  readonly rounds: readonly Round[];
  readonly onRound: (round: number) => void;
}

const SHOWN = 48;

export function RoundHistory({ rounds, onRound }: HistoryProps) {
  const [at, setAt] = useState(0);
  const shown = rounds.slice(0, SHOWN);
  const stop = Math.min(at, shown.length - 1);
  const keys = (event: KeyboardEvent<HTMLUListElement>) => {
    const step = event.key === "ArrowLeft" ? 1 : event.key === "ArrowRight" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(shown.length - 1, stop + step));
    setAt(to);
    event.currentTarget.querySelector<HTMLElement>(`[data-at="${to}"]`)?.focus();
  };
  if (shown.length === 0) return null;
  return (
    <ul className="history" aria-label="Earlier rounds, newest first" onKeyDown={keys}>
      {shown.map((round, i) => {
        const what = round.state === "skipped" ? `skipped: ${skipSentence(round.skip_reason)}` : round.state;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is a place, through which the rounds pass; no bar moves
          <li key={i}>
            <button
              type="button"
              data-at={i}
              className={round.state}
              tabIndex={i === stop ? 0 : -1}
              title={`Round ${round.number}: ${what}`}
              aria-label={`Round ${round.number}, ${what}`}
              onClick={() => onRound(round.number)}
            />
          </li>
        );
      })}
    </ul>
  );
}
