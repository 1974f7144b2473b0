/** What became of a task that has ended, and whether a retry can help. Pure. */
import { isOver, mendingOf } from "../tasks/mending.ts";
import type { WhyFacts } from "./facts.ts";
import type { Why } from "./verdict.ts";

/** The last error, for the end of a sentence. */
export const failure = (f: WhyFacts): string =>
  f.error_code ? ` after ${f.error_code}: ${(f.error_message ?? "").replace(/\.$/, "")}` : "";

/** The advice for a revoked task. A retry is of no use once the task's round is over. */
export const afterRevoked = ({ round_number, round_state }: WhyFacts): string =>
  isOver({ number: round_number, state: round_state })
    ? `None. Round ${round_number} is over, so a retry can't help.`
    : "Retry it if it is wanted after all.";

/** Null for a task that has not ended. */
export function ended(f: WhyFacts): Why | null {
  if (f.finished_at === null) return null;
  const over = { next_at: null };
  if (f.state === "SUCCESS") {
    const how = f.last_why ? `: ${f.last_why}` : "";
    return { ...over, verdict: "succeeded", cause: `The task succeeded${how}.`, next_action: "None." };
  }
  if (f.state === "REVOKED") {
    const how = f.last_why ? `: ${f.last_why}` : "";
    return {
      ...over,
      verdict: "revoked",
      cause: `The task was revoked${how}.`,
      next_action: afterRevoked(f),
    };
  }
  const { again, mend } = mendingOf(f.error_code, { number: f.round_number, state: f.round_state });
  const verdict = again === "no" ? "failed_for_good" : "failed";
  return { ...over, verdict, cause: `The task failed${failure(f)}.`, next_action: mend };
}
