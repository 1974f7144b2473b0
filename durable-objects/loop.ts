/** The loop of a live entry, pure: when its alarm is due, and what it does then. */
import { roundCount, roundDueAt, roundNumberAt } from "../src/core/phases.ts";
import type { LoopPlan } from "../src/rounds/ports.ts";

/** Part of the jitter that every entry waits, so that its round is open by then. */
const FLOOR_SHARE = 0.25;

/**
 * When the entry's next decision is to be sent: after a round's due time, spread by `share` (0 to 1, the entry's own).
 * Null after the last round. Always later than `now`. Epoch milliseconds.
 */
export function nextAlarmAt(plan: LoopPlan, now: number, share: number): number | null {
  const wait = Math.ceil(plan.jitterMs * (FLOOR_SHARE + (1 - FLOOR_SHARE) * share)) + 1;
  const last = roundCount(plan.startsAt, plan.endsAt, plan.intervalSeconds) - 1;
  let round = Math.max(0, roundNumberAt(plan.startsAt, plan.intervalSeconds, now - wait));
  while (roundDueAt(plan.startsAt, plan.intervalSeconds, round) + wait <= now) round += 1;
  return round > last ? null : roundDueAt(plan.startsAt, plan.intervalSeconds, round) + wait;
}
