/** The loop of a live entry, pure: when its alarm is due, and what it does then. */
import { jitterCapMs, roundCount, roundDueAt, roundNumberAt } from "../src/core/phases.ts";
import type { LoopPlan } from "../src/rounds/ports.ts";

/** Every entry waits this much, so that its round is open by then: a part of the cap of the jitter, at most a second. */
const FLOOR_SHARE = 0.4;
const FLOOR_MAX_MS = 1000;

/**
 * When the entry's next decision is to be sent: after a round's due time, spread by `share` (0 to 1, the entry's own).
 * Null after the last round. Always later than `now`. Epoch milliseconds.
 */
export function nextAlarmAt(plan: LoopPlan, now: number, share: number): number | null {
  const cap = jitterCapMs(plan.intervalSeconds);
  const floor = Math.min(FLOOR_MAX_MS, cap * FLOOR_SHARE);
  const wait = Math.ceil(Math.min(cap, floor + plan.jitterMs * share));
  const last = roundCount(plan.startsAt, plan.endsAt, plan.intervalSeconds) - 1;
  let round = Math.max(0, roundNumberAt(plan.startsAt, plan.intervalSeconds, now - wait));
  while (roundDueAt(plan.startsAt, plan.intervalSeconds, round) + wait <= now) round += 1;
  return round > last ? null : roundDueAt(plan.startsAt, plan.intervalSeconds, round) + wait;
}
