/**
 * Splits "Why isn't this running?" into three questions: does the queue let the task through (flow), how did its attempts go
 * (execution), and are the clocks and consumers that it needs alive (liveness)?
 */
import { mendingOf } from "../tasks/mending.ts";
import { afterRevoked, failure } from "./ended.ts";
import type { WhyFacts } from "./facts.ts";
import type { Verdict } from "./verdict.ts";
import { ago, clocksSilent, isOpen, PROMPT_SECONDS, SILENT_SECONDS, silent, why } from "./why.ts";

export interface WhyLine {
  /**
   * ok: nothing to do. waits: it goes on by itself. stuck: somebody must act. failed: the task has ended badly. unknown: the
   * reports are missing.
   */
  readonly status: "ok" | "waits" | "stuck" | "failed" | "unknown";
  readonly cause: string;
  readonly next_action: string;
}

export interface WhyLines {
  readonly flow: WhyLine;
  readonly execution: WhyLine;
  readonly liveness: WhyLine;
}

const NOTHING = "None.";
/** Verdicts by which the queue or the task's own time holds it back. All others say nothing about flow. */
const WAITS: ReadonlySet<Verdict> = new Set([
  "scheduled",
  "retrying",
  "round_closed",
  "waits_for_agent",
  "over_limit",
  "not_sent",
  "waiting_behind",
]);

export function whyLines(facts: WhyFacts, internals: boolean): WhyLines {
  return { flow: flow(facts, internals), execution: execution(facts), liveness: liveness(facts) };
}

function flow(f: WhyFacts, internals: boolean): WhyLine {
  if (f.finished_at !== null) {
    if (f.decided_outside) {
      const cause = "The agent decides in a program of its own: no queue hands out its tasks.";
      return { status: "ok", cause, next_action: NOTHING };
    }
    const handed = f.attempt > 0 ? "had handed out the task" : "did not hand out the task before it ended";
    return { status: "ok", cause: `The queue ${f.queue} ${handed}.`, next_action: NOTHING };
  }
  if (f.state === "STARTED")
    return { status: "ok", cause: `The queue ${f.queue} has handed out the task.`, next_action: NOTHING };
  // The line of liveness judges clocks and consumers. For this line they count as well.
  const { verdict, cause, next_action } = why({ ...f, cron_age_seconds: 0, consumer_age_seconds: 0 }, internals);
  return { status: verdict === "queue_paused" ? "stuck" : WAITS.has(verdict) ? "waits" : "ok", cause, next_action };
}

function execution(f: WhyFacts): WhyLine {
  const attempt = `Attempt ${f.attempt} of ${f.max_attempts}`;
  if (f.state === "SUCCESS") {
    const how = f.attempt > 0 ? attempt : `The task${f.last_why ? ` (${f.last_why})` : ""}`;
    return { status: "ok", cause: `${how} ended well.`, next_action: NOTHING };
  }
  if (f.state === "FAILURE") {
    const { again, mend } = mendingOf(f.error_code, { number: f.round_number, state: f.round_state });
    const final = again === "no" ? "Failed, final" : "The task failed";
    return { status: "failed", cause: `${final}${failure(f)}.`, next_action: mend };
  }
  if (f.state === "REVOKED") {
    return {
      status: "ok",
      cause: `The task was revoked${f.last_why ? `: ${f.last_why}` : ""}.`,
      next_action: afterRevoked(f),
    };
  }
  if (f.state === "STARTED") {
    return f.cancel_requested
      ? {
          status: "waits",
          cause: `${attempt} runs and was asked to stop.`,
          next_action: "None: the task ends by itself.",
        }
      : { status: "ok", cause: `${attempt} runs.`, next_action: NOTHING };
  }
  if (f.waits_for_agent) {
    return {
      status: "waits",
      cause: "The agent has not answered yet.",
      next_action: "The agent calls when it has decided.",
    };
  }
  return f.attempt === 0
    ? {
        status: "waits",
        cause: `No attempt has begun; the task has ${f.max_attempts}.`,
        next_action: "A consumer begins the first attempt when the queue hands out the task.",
      }
    : {
        status: "waits",
        cause: `${attempt} ended${failure(f) || " without an outcome: its consumer is gone"}.`,
        next_action: "The task runs again when it is due.",
      };
}

function liveness(f: WhyFacts): WhyLine {
  if (f.finished_at !== null) {
    return { status: "ok", cause: "The task has ended: it needs no clock and no consumer.", next_action: NOTHING };
  }
  if (f.state === "STARTED" && (f.lease_seconds ?? -1) >= 0) {
    return {
      status: "ok",
      cause: `The last heartbeat was ${ago(f.heartbeat_age_seconds)}.`,
      next_action: "None. If the heartbeats stop, the lease runs out, and the sweep has another consumer run the task.",
    };
  }
  if (clocksSilent(f)) {
    return {
      status: "unknown",
      cause: `Both clocks are silent: cron ticked ${ago(f.cron_age_seconds)}, Beat ${ago(f.beat_age_seconds)}.`,
      next_action: "Look at GET /health and at the deployment's Cron Triggers.",
    };
  }
  if (f.state === "STARTED") {
    return {
      status: "waits",
      cause: `The consumer is gone: its last heartbeat was ${ago(f.heartbeat_age_seconds)}, and its lease has run out.`,
      next_action: "None: the sweep returns the task to its queue.",
    };
  }
  const asked = isOpen(f) && f.sent_at !== null && (f.sent_age_seconds ?? 0) > PROMPT_SECONDS;
  if (asked && silent(f.consumer_age_seconds, SILENT_SECONDS.consumers)) {
    return {
      status: "stuck",
      cause: `A consumer of ${f.queue} was last seen: ${ago(f.consumer_age_seconds)}, though messages were sent.`,
      next_action: "Check that the queue has its consumer.",
    };
  }
  const consumer =
    f.consumer_age_seconds === null ? "" : `, a consumer of ${f.queue} was last seen ${ago(f.consumer_age_seconds)}`;
  return {
    status: "ok",
    cause: `Cron ticked ${ago(f.cron_age_seconds)}, Beat ${ago(f.beat_age_seconds)}${consumer}.`,
    next_action: NOTHING,
  };
}
