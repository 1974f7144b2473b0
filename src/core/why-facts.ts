/** What is stored about a task and its surroundings, as `why` reads it. Times are ISO; ages are seconds. */
export interface WhyFacts {
  readonly state: "PENDING" | "STARTED" | "RETRY" | "SUCCESS" | "FAILURE" | "REVOKED";
  readonly queue: string;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly cancel_requested: boolean;
  readonly due_at: string;
  /** Negative once it is due. */
  readonly due_in_seconds: number;
  readonly sent_at: string | null;
  readonly sent_age_seconds: number | null;
  readonly sends: number;
  readonly consumer: string | null;
  readonly lease_until: string | null;
  /** Negative once it ran out. */
  readonly lease_seconds: number | null;
  readonly heartbeat_age_seconds: number | null;
  readonly finished_at: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  /** The last line of its history. */
  readonly last_why: string | null;
  readonly paused_at: string | null;
  readonly paused_by: string | null;
  readonly pause_reason: string | null;
  readonly max_running: number | null;
  readonly running: number;
  /** Due before it in its queue; counted up to AHEAD_MAX. */
  readonly ahead: number;
  /** Of a decision's task: the round that it stands for. */
  readonly round_number: number | null;
  readonly round_state: string | null;
  readonly cron_age_seconds: number | null;
  readonly beat_age_seconds: number | null;
  /** Since any consumer of its queue said that it is there. */
  readonly consumer_age_seconds: number | null;
}

/** How far those before it are counted. */
export const AHEAD_MAX = 10_000;
