/** How far a round is, for the strip: its steps, when entries are late, and the countdown. Pure. */
import { jitterCapMs, resendStepMs, stuckAfterMs } from "../../../core/phases.ts";
import type { Tournament } from "../../api/answers.ts";
import type { RoundNow } from "../../live/apply-event.ts";

export const STEPS = ["open", "closed", "quoted", "settled"] as const;
export type Step = (typeof STEPS)[number];

/** How many steps the round has taken: 0 before it opens, 4 when it has settled. */
export function stepsDone(round: RoundNow): number {
  const names: readonly string[] = STEPS;
  return names.indexOf(round.state) + 1;
}

export function stepTime(round: RoundNow, step: Step): string | null {
  if (step === "open") return round.opened_at;
  if (step === "closed") return round.closed_at;
  return step === "quoted" ? round.quoted_at : round.settled_at;
}

/**
 * Whether an entry that has not decided is late: its owed decision has been sent again more than once. Nobody is late in a round
 * without a deadline: a replay waits, and its rounds are due in the past.
 */
export function isLate(round: RoundNow, intervalSeconds: number, now: number): boolean {
  const from = Date.parse(round.due_at) + jitterCapMs(intervalSeconds) + 2 * resendStepMs(intervalSeconds);
  return round.state === "open" && round.deadline_at !== null && now >= from;
}

/** True when the round has not changed for so long that the page asks the server whether it is stuck. */
export function mayBeStuck({ status, interval_seconds, started_at }: Tournament, round: RoundNow | null, now: number) {
  if (status !== "live" && status !== "paused") return false;
  const times = round ? [round.opened_at, round.closed_at, round.quoted_at, round.settled_at] : [];
  const last = Math.max(...[started_at, ...times].map((at) => (at === null ? 0 : Date.parse(at))));
  return last > 0 && now - last >= stuckAfterMs(interval_seconds);
}

export interface Countdown {
  readonly label: string;
  /** Epoch ms; null when the round waits for something without a known time. */
  readonly to: number | null;
}

export function countdownOf(tournament: Tournament, round: RoundNow | null): Countdown | null {
  const { status, starts_at, interval_seconds, market, ends_at } = tournament;
  if (status === "upcoming")
    return {
      label: market === "replay" ? "Waits for its start" : "Starts in",
      to: market === "replay" ? null : Date.parse(starts_at),
    };
  if (status === "paused") return { label: "Paused: no round opens", to: null };
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
