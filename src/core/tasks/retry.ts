import { type ErrorCode, errorCodes, isErrorCode } from "../error-codes.ts";

export interface RetryPolicy {
  /** Retries after the first attempt. */
  readonly retries: number;
  /** Before the first retry. */
  readonly baseSeconds: number;
  readonly factor: number;
  readonly capSeconds: number;
  /** 0 to 1: at random, up to this share is added to a delay, so that tasks that failed together do not come back together. */
  readonly jitterFraction: number;
  /** Codes that end the task: an attempt that ends with one of them is the last. */
  readonly never: readonly ErrorCode[];
}

/** All codes that the table of codes calls not retryable, except `retried` and task.failed, the code of an error without one. */
export function finalCodes(...retried: readonly ErrorCode[]): ErrorCode[] {
  const retryable = new Set<ErrorCode>(["task.failed", ...retried]);
  return Object.keys(errorCodes)
    .filter(isErrorCode)
    .filter((code) => !errorCodes[code].retryable && !retryable.has(code));
}

/** The policy of tasks: after 60, 120 and 240 s, and up to a tenth more. */
export const defaultRetry: RetryPolicy = {
  retries: 3,
  baseSeconds: 60,
  factor: 2,
  capSeconds: 3600,
  jitterFraction: 0.1,
  never: finalCodes(),
};

/** The policy of decisions: after 2, 4 and 8 s. Short intervals start lower, see decisionRetryDelayMs. */
export const decisionRetry: RetryPolicy = {
  retries: 3,
  baseSeconds: 2,
  factor: 2,
  capSeconds: 8,
  jitterFraction: 0,
  // These may pass: candles may still be published, and a deploy may bring a strategy that this version does not know.
  never: finalCodes("tournament.no_candles", "agent.unknown_strategy"),
};

export function isFinal(policy: RetryPolicy, code: string): boolean {
  return policy.never.some((one) => one === code);
}

/** Attempts of a task under the policy, the first included. */
export function maxAttempts(policy: RetryPolicy): number {
  return policy.retries + 1;
}

/**
 * Milliseconds to wait after the `attempt`-th attempt (from 1) failed with `code`; null when it is the last.
 * `random` is in [0, 1). The cap holds for the delay without its jitter.
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, code: string, random: number): number | null {
  if (attempt > policy.retries || isFinal(policy, code)) return null;
  const seconds = Math.min(policy.capSeconds, policy.baseSeconds * policy.factor ** (attempt - 1));
  return Math.round(seconds * 1000 * (1 + policy.jitterFraction * random));
}
