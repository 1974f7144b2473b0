/** Where a round stands, for the strip: its steps, who is late, what is counted down to. Pure. */
import { jitterCapMs, resendStepMs } from "../../core/phases.ts";
import type { Tournament } from "../api/answers.ts";
import type { RoundNow } from "../live/held.ts";

export const STEPS = ["open", "closed", "quoted", "settled"] as const;
export type Step = (typeof STEPS)[number];

/** How many of the steps are behind: 0 before it opens, 4 when it has settled. */
export function stepsDone(round: RoundNow): number {
  const names: readonly string[] = STEPS;
  return names.indexOf(round.state) + 1;
}

export function stepTime(round: RoundNow, step: Step): string | null {
  if (step === "open") return round.opened_at;
  if (step === "closed") return round.closed_at;
  return step === "quoted" ? round.quoted_at : round.settled_at;
}

/** From then on an entry that has not decided is late: what it owes has been sent again, and again. */
export function lateFrom(round: RoundNow, intervalSeconds: number): number {
  return Date.parse(round.due_at) + jitterCapMs(intervalSeconds) + 2 * resendStepMs(intervalSeconds);
}

export interface Countdown {
  readonly label: string;
  /** Epoch ms; null: it waits for something that has no time. */
  readonly to: number | null;
}

export function countdownOf(tournament: Tournament, round: RoundNow | null): Countdown | null {
  const { status, starts_at, interval_seconds, market, ends_at } = tournament;
  if (status === "upcoming")
    return {
      label: market === "replay" ? "Waits for its start" : "Starts in",
      to: market === "replay" ? null : Date.parse(starts_at),
    };
  if (status === "paused") return { label: "Paused: no round opens until it goes on", to: null };
  if (status !== "live") return null;
  if (round === null) return { label: "First round in", to: Date.parse(starts_at) };
  if (round.state === "open") {
    return round.deadline_at === null
      ? { label: "Closes when all have decided", to: null }
      : { label: "Closes in", to: Date.parse(round.deadline_at) };
  }
  if (round.state === "closed" || round.state === "quoted") return { label: "Filling orders", to: null };
  if (market === "replay") return { label: "Next round follows at once", to: null };
  const next = Date.parse(round.due_at) + interval_seconds * 1000;
  if (next >= Date.parse(ends_at)) return { label: "That was the last round", to: null };
  return { label: `Round ${round.number + 1} in`, to: next };
}
