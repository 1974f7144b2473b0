/**
 * The three questions behind "why isn't this running?", each with its own answer: does the queue let it through (flow), what
 * became of its attempts (execution), and are those who must act alive (liveness).
 */
import {
  ago,
  clocksSilent,
  failure,
  isOpen,
  PROMPT_SECONDS,
  SILENT_SECONDS,
  silent,
  type Verdict,
  why,
} from "./why.ts";
import type { WhyFacts } from "./why-facts.ts";

export interface WhyLine {
  /** Fine; waits for what comes by itself; stuck until somebody acts; unknown, because whoever reports it is silent. */
  readonly status: "ok" | "waits" | "stuck" | "unknown";
  readonly cause: string;
  readonly next_action: string;
}

export interface WhyLines {
  readonly flow: WhyLine;
  readonly execution: WhyLine;
  readonly liveness: WhyLine;
}

const NOTHING = "None.";
/** What holds a task back by itself; any other verdict on its way is none of the queue's. */
const WAITS: ReadonlySet<Verdict> = new Set([
  "scheduled",
  "retrying",
  "round_closed",
  "over_limit",
  "not_sent",
  "waiting_behind",
]);

export function whyLines(facts: WhyFacts, internals: boolean): WhyLines {
  return { flow: flow(facts, internals), execution: execution(facts), liveness: liveness(facts) };
}

function flow(f: WhyFacts, internals: boolean): WhyLine {
  if (f.finished_at !== null) return { status: "ok", cause: `It is through ${f.queue}.`, next_action: NOTHING };
  if (f.state === "STARTED") return { status: "ok", cause: `${f.queue} has handed it out.`, next_action: NOTHING };
  // Of the clocks and consumers the line of liveness speaks: here they are taken to be well.
  const { verdict, cause, next_action } = why({ ...f, cron_age_seconds: 0, consumer_age_seconds: 0 }, internals);
  return { status: verdict === "queue_paused" ? "stuck" : WAITS.has(verdict) ? "waits" : "ok", cause, next_action };
}

function execution(f: WhyFacts): WhyLine {
  const attempt = `Attempt ${f.attempt} of ${f.max_attempts}`;
  if (f.state === "SUCCESS") return { status: "ok", cause: `${attempt} ended well.`, next_action: NOTHING };
  if (f.state === "FAILURE") {
    return {
      status: "stuck",
      cause: `It failed${failure(f)}.`,
      next_action: "Mend what the error names, then retry it: it starts over with all of its attempts.",
    };
  }
  if (f.state === "REVOKED") {
    return {
      status: "ok",
      cause: `It was revoked${f.last_why ? `: ${f.last_why}` : ""}.`,
      next_action: "Retry it, should it be wanted after all.",
    };
  }
  if (f.state === "STARTED") {
    return f.cancel_requested
      ? { status: "waits", cause: `${attempt} runs, and is asked to stop.`, next_action: "It ends by itself." }
      : { status: "ok", cause: `${attempt} runs.`, next_action: NOTHING };
  }
  return f.attempt === 0
    ? {
        status: "waits",
        cause: `No attempt has begun; it has ${f.max_attempts}.`,
        next_action: "A consumer begins the first when it is handed out.",
      }
    : {
        status: "waits",
        cause: `${attempt} ended${failure(f) || " without a word: whoever ran it is gone"}.`,
        next_action: "It is run again when it is due.",
      };
}

function liveness(f: WhyFacts): WhyLine {
  if (f.finished_at !== null) {
    return { status: "ok", cause: "It has ended: nobody has to be alive for it.", next_action: NOTHING };
  }
  if (f.state === "STARTED" && (f.lease_seconds ?? -1) >= 0) {
    return {
      status: "ok",
      cause: `Whoever runs it was heard of ${ago(f.heartbeat_age_seconds)}.`,
      next_action: "None. Should it fall silent, its lease runs out, and the sweep gives it to another.",
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
      cause: `Whoever ran it is gone: heard of ${ago(f.heartbeat_age_seconds)}, and its lease has run out.`,
      next_action: "The sweep takes it back by itself.",
    };
  }
  const asked = isOpen(f) && f.sent_at !== null && (f.sent_age_seconds ?? 0) > PROMPT_SECONDS;
  if (asked && silent(f.consumer_age_seconds, SILENT_SECONDS.consumers)) {
    return {
      status: "stuck",
      cause: `A consumer of ${f.queue} was seen ${ago(f.consumer_age_seconds)}, though messages were sent.`,
      next_action: "Check that the queue has its consumer.",
    };
  }
  const consumer =
    f.consumer_age_seconds === null ? "" : `, a consumer of ${f.queue} was seen ${ago(f.consumer_age_seconds)}`;
  return {
    status: "ok",
    cause: `Cron ticked ${ago(f.cron_age_seconds)}, Beat ${ago(f.beat_age_seconds)}${consumer}.`,
    next_action: NOTHING,
  };
}
