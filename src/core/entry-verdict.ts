/** Whether a live entry is well, in one word. Pure. */
import { windowMs } from "./phases.ts";

/**
 * well: it owes nothing, and its last decision is not old. new: it has not decided yet, and owes nothing. owes: a decision is
 * owed, and its round is open. thinks: its attempt runs, and gives signs of life. retries: its last attempt failed, and another
 * one follows. lost: the lease of its attempt ran out. silent: it owes a decision, and has stored none for two intervals.
 * halted: it is asked no more until somebody resumes it, whatever it owes.
 */
export type EntryVerdict = "well" | "new" | "owes" | "thinks" | "retries" | "lost" | "silent" | "halted";

interface Signs {
  readonly halted_at: string | null;
  readonly state: "idle" | "owed" | "deciding" | "retrying";
  readonly interval_seconds: number;
  readonly owed_seconds: number | null;
  readonly last_decision_age_seconds: number | null;
  readonly lease_seconds: number | null;
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
      // A decision that is owed for longer than its window stays owed only where the round can't close.
      const late = (signs.owed_seconds ?? 0) > windowMs(signs.interval_seconds) / 1000;
      return late || (age !== null && age > 2 * signs.interval_seconds) ? "silent" : "owes";
    }
  }
}
