/** What `why` reads: the stored facts about a task, its queue and the clocks. Times are ISO texts; ages are in seconds. */
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
  /** The reason in the last line of its history. */
  readonly last_why: string | null;
  readonly paused_at: string | null;
  readonly paused_by: string | null;
  readonly pause_reason: string | null;
  readonly max_running: number | null;
  readonly running: number;
  /** How many tasks of its queue were due before it, counted up to AHEAD_MAX. */
  readonly ahead: number;
  /** The task waits for an agent from outside: no queue ever gets it. */
  readonly waits_for_agent: boolean;
  /** A round's task for an agent from outside, whatever its state. */
  readonly decided_outside: boolean;
  /** The first attempt of a model's decision: the models of a round begin one after another. */
  readonly begins_in_turn: boolean;
  /** Until when that agent may answer. Null: not known. */
  readonly answers_until: string | null;
  /** The round of a decision's task; null for other tasks. */
  readonly round_number: number | null;
  readonly round_state: string | null;
  readonly cron_age_seconds: number | null;
  readonly beat_age_seconds: number | null;
  /** Since a consumer of its queue last reported. */
  readonly consumer_age_seconds: number | null;
}

/** Tasks before it are counted up to here. */
export const AHEAD_MAX = 10_000;
