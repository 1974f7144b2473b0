/** What "Why isn't this running?" is answered with. */

export type Verdict =
  | "succeeded"
  /** A retry may succeed, by itself or once something is mended. */
  | "failed"
  /** No retry can help. */
  | "failed_for_good"
  | "revoked"
  | "running"
  | "cancelling"
  | "lease_ran_out"
  | "scheduled"
  | "retrying"
  | "waits_for_agent"
  | "queue_paused"
  | "over_limit"
  | "round_closed"
  | "telemetry_stale"
  | "not_sent"
  | "no_consumer"
  | "not_delivered"
  | "waiting_behind"
  | "just_sent";

export interface Why {
  readonly verdict: Verdict;
  readonly cause: string;
  readonly next_action: string;
  /** When the next action happens; null where that is not known. */
  readonly next_at: string | null;
}
