/** Whether a live entry is well, in one word. Pure. */
import { windowMs } from "./phases.ts";

/**
 * well: it owes nothing, and its last decision is not old. new: it has not decided yet, and owes nothing. owes: a decision is
 * owed, and its round is open. thinks: its attempt runs, and gives signs of life. retries: its last attempt failed, and another
 * one follows. lost: the lease of its attempt ran out. silent: it owes a decision, and has stored none for two intervals.
 * halted: it is asked no more until somebody resumes it, whatever it owes. Time in which its queue was paused is no silence:
 * nobody was asked.
 */
export type EntryVerdict = "well" | "new" | "owes" | "thinks" | "retries" | "lost" | "silent" | "halted";

interface Signs {
  readonly halted_at: string | null;
  readonly state: "idle" | "owed" | "deciding" | "retrying";
  readonly interval_seconds: number;
  readonly owed_seconds: number | null;
  readonly last_decision_age_seconds: number | null;
  readonly lease_seconds: number | null;
  /** The queue that asks it is paused. */
  readonly queue_paused: boolean;
  /** Since that queue was resumed. Null when it never was. */
  readonly resumed_age_seconds: number | null;
}

export function entryVerdict(signs: Signs): EntryVerdict {
  if (signs.halted_at !== null) return "halted";
  const age = signs.last_decision_age_seconds;
  switch (signs.state) {
    case "idle":
      return age === null ? "new" : "well";
    case "deciding":
      return signs.lease_seconds !== null && signs.lease_seconds < 0 ? "lost" : "thinks";
    case "retrying":
      return "retries";
    case "owed": {
      if (signs.queue_paused) return "owes";
      const asked = signs.resumed_age_seconds ?? Number.POSITIVE_INFINITY;
      // A decision that is owed for longer than its window stays owed only where the round can't close.
      const late = Math.min(signs.owed_seconds ?? 0, asked) > windowMs(signs.interval_seconds) / 1000;
      return late || (age !== null && Math.min(age, asked) > 2 * signs.interval_seconds) ? "silent" : "owes";
    }
  }
}
