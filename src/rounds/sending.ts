/** When a round sends what it is owed, and what it sends. Pure. */
import { limits } from "../core/limits.ts";
import { hasLoops, isReplay, jitterCapMs, resendStepMs, sliceOf } from "../core/phases.ts";
import type { Look } from "../db/statements/rounds/look.ts";
import type { Sending } from "../db/statements/rounds/sent.ts";

/** A replay or a settlement sends again what it still owes after this. The wait doubles up to the cap, so that a backlog isn't multiplied. */
export const RESEND_MS = 5000;
const RESEND_CAP_MS = 20_000;
/** The consumer of a slice wakes the Arena for the next one. The next slice goes out after this if the wake is lost. */
const NEXT_SLICE_MS = 1000;

type ToSend =
  | { readonly sending: Sending; readonly afterMs: 0 }
  /** Nothing before so many milliseconds. */
  | { readonly sending: null; readonly afterMs: number };

/**
 * What an open round sends now, while an entry still owes it a decision. With loops, each house agent's alarm sends within the
 * jitter. Without, the Arena sends at once, a large round in slices. Later sendings repeat what is still owed.
 */
export function decisionsToSend(look: Look, dueMs: number, sends: number): ToSend {
  const { interval_seconds: interval } = look;
  const replay = isReplay(look.market);
  const participants = look.participants ?? 0;
  const loops = hasLoops(look.market, participants);
  const slice = loops ? limits.entriesMax : sliceOf(look.market, interval, participants);
  // A decision that is a task counts as there: an agent that thinks, or is asked once more, holds no slice back.
  const there = look.decided + look.as_tasks;
  const goesOn = !loops && look.sent_to !== null && look.sent_count - there <= slice;
  const step = resendStepMs(interval);
  const resends = loops ? sends + 1 : sends;
  const nextSend = dueMs + (resends === 0 ? 0 : jitterCapMs(interval) + step * resends);
  // A slice counts as lost only when one step has passed since the last slice was sent. Slow slices are not resent.
  const sendAt = loops || look.sent_ms === null ? nextSend : Math.max(nextSend, look.sent_ms + step);
  const untilSend = goesOn ? 0 : replay ? resendWaitMs(look) : sendAt - look.now_ms;
  if (untilSend > 0) {
    return { sending: null, afterMs: look.sent_to === null ? untilSend : Math.min(untilSend, NEXT_SLICE_MS) };
  }
  const skipped = replay || resends === 0 ? 0 : Math.floor((look.now_ms - nextSend) / step);
  return {
    afterMs: 0,
    sending: {
      sends,
      ...(goesOn ? { reached: sends, there: null } : { reached: sends + 1 + skipped, there }),
      stood: look.sent_to,
      most: slice,
      isRecovery: loops || sends > (goesOn ? 1 : 0),
    },
  };
}

/** Milliseconds until what was sent is sent again; not positive when it is time, or nothing was sent yet. */
export function resendWaitMs(look: Look): number {
  if (look.sent_ms === null) return 0;
  const again = Math.min(RESEND_CAP_MS, RESEND_MS * 2 ** Math.max(0, (look.sends ?? 0) - 1));
  return look.sent_ms + again - look.now_ms;
}
