/** When alarms are due, and whether one that is set will fire. Pure. */
import { jitterCapMs, roundCount, roundDueAt, roundNumberAt } from "../src/core/phases.ts";
import type { LoopPlan } from "../src/rounds/ports.ts";

/** The platform retries a failed alarm 2, 6 and 14 s after it. An alarm whose time has passed by less than this may wait for a retry. */
const RETRY_MS = 10_000;

/**
 * Whether the alarm that `getAlarm` returned will fire by itself. Setting another one in its place would restart the
 * platform's count of retries, and repeated wakes could postpone them for ever. An alarm that is long past is replaced: its
 * next retry is far away, or it is lost.
 */
export function willFire(armed: number | null, now: number): armed is number {
  return armed !== null && armed > now - RETRY_MS;
}

/** Every entry waits at least this share of the jitter's cap, at most a second, so that its round is open by then. */
const FLOOR_SHARE = 0.4;
const FLOOR_MAX_MS = 1000;

/**
 * When the loop of a live entry sends its next decision: after a round's due time, spread by `share` (0 to 1, fixed for each
 * entry). Null after the last round. Always later than `now`. Epoch milliseconds.
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
