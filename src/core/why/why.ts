/**
 * Answers "Why isn't this running?" by rules over stored facts: the first rule that applies gives the verdict. No rule guesses.
 * If the clocks or consumers that would have to report are silent, the verdict is that the reports are stale.
 */
import { limits } from "../limits.ts";
import { ended, failure } from "./ended.ts";
import { AHEAD_MAX, type WhyFacts } from "./facts.ts";
import type { Why } from "./verdict.ts";

/** A clock, or the consumers of a queue, count as silent after this long without a report. */
export const SILENT_SECONDS = {
  cron: limits.cronSilentSeconds,
  beat: limits.beatSilentSeconds,
  consumers: 60,
} as const;
/** When all is well, a task that was sent or is due is taken within this time. */
export const PROMPT_SECONDS = 10;

type Rule = (facts: WhyFacts, internals: boolean) => Why | null;

const seconds = (n: number | null): string => (n === null ? "never" : `${Math.max(0, Math.round(n))} s`);
export const ago = (n: number | null): string => (n === null ? "never" : `${seconds(n)} ago`);
export const isOpen = (f: WhyFacts): boolean => f.state === "PENDING" || f.state === "RETRY";
export const silent = (age: number | null, after: number): boolean => age === null || age > after;
/** Neither of the two clocks has ticked, so nothing sweeps. */
export const clocksSilent = (f: WhyFacts): boolean =>
  silent(f.cron_age_seconds, SILENT_SECONDS.cron) && silent(f.beat_age_seconds, SILENT_SECONDS.beat);
const sweepStep = (f: WhyFacts): string =>
  silent(f.beat_age_seconds, SILENT_SECONDS.beat) ? "within a minute, by the cron: Beat is silent" : "within 5 s";
const plus = (iso: string, more: number): string => new Date(Date.parse(iso) + more * 1000).toISOString();

/** How long after the last sending the sweep sends again: 20, 40, … 300 s, by the number of sendings. */
export function resendAfterSeconds(sends: number): number {
  return Math.min(limits.resendCapSeconds, limits.resendSeconds * 2 ** (Math.min(sends, 6) - 1));
}

const started: Rule = (f, internals) => {
  if (f.state !== "STARTED" || f.lease_seconds === null) return null;
  const by = internals && f.consumer ? ` by ${f.consumer}` : "";
  const lease = `Attempt ${f.attempt} of ${f.max_attempts} was claimed${by}; its last heartbeat was ${ago(f.heartbeat_age_seconds)}`;
  if (f.lease_seconds < 0) {
    return {
      verdict: "lease_ran_out",
      cause: `${lease}; its lease ran out ${seconds(-f.lease_seconds)} ago, so its consumer is gone.`,
      next_action: f.cancel_requested
        ? `The sweep ends it as REVOKED, ${sweepStep(f)}.`
        : `The sweep returns it to its queue without spending an attempt, ${sweepStep(f)}.`,
      next_at: null,
    };
  }
  const left = `its lease ends in ${seconds(f.lease_seconds)}`;
  return f.cancel_requested
    ? {
        verdict: "cancelling",
        cause: `${lease}; ${left}. A cancellation was requested.`,
        next_action:
          "The next heartbeat, within 5 s, tells the handler to stop. If it goes on, the sweep ends the task when its lease ends.",
        next_at: f.lease_until,
      }
    : {
        verdict: "running",
        cause: `${lease}; ${left}.`,
        next_action:
          "The task is running. Heartbeats prolong its lease. If the lease runs out, the sweep has the task run again.",
        next_at: f.lease_until,
      };
};

const notDue: Rule = (f) => {
  if (!isOpen(f) || f.due_in_seconds <= 0) return null;
  const paused = f.paused_at ? " Its queue is paused and will hold it back then." : "";
  return f.state === "RETRY"
    ? {
        verdict: "retrying",
        cause: `The task waits for attempt ${f.attempt + 1} of ${f.max_attempts}${failure(f)}.${paused}`,
        next_action: `The task is due again in ${seconds(f.due_in_seconds)}.`,
        next_at: f.due_at,
      }
    : {
        verdict: "scheduled",
        cause: f.begins_in_turn
          ? `The decision begins at ${new Date(f.due_at).toISOString()}, so that the models of the round do not all ask at once.${paused}`
          : `The task was enqueued with a countdown or eta.${paused}`,
        next_action: `The task is due in ${seconds(f.due_in_seconds)}.`,
        next_at: f.due_at,
      };
};

const waitsForAgent: Rule = (f) =>
  isOpen(f) && f.waits_for_agent && (f.round_state === null || f.round_state === "open")
    ? {
        verdict: "waits_for_agent",
        cause: `The task waits for its agent until ${f.answers_until === null ? "the round closes" : new Date(f.answers_until).toISOString()}.`,
        next_action: "The agent's answer ends it, or the close of its round, as round.no_answer. No queue gets it.",
        next_at: f.answers_until,
      }
    : null;

const paused: Rule = (f, internals) => {
  if (!isOpen(f) || f.paused_at === null) return null;
  const by = internals ? ` by ${f.paused_by ?? "?"}${f.pause_reason ? `: ${f.pause_reason}` : ""}` : "";
  return {
    verdict: "queue_paused",
    cause: `The queue ${f.queue} has been paused since ${f.paused_at}${by}.`,
    next_action: `POST /queues/${f.queue}/resume sends the waiting tasks at once.`,
    next_at: null,
  };
};

const roundClosed: Rule = (f) =>
  isOpen(f) && f.round_state !== null && f.round_state !== "open" && f.round_state !== "scheduled"
    ? {
        verdict: "round_closed",
        cause: `The task is for the decision of round ${f.round_number}, which is ${f.round_state}.`,
        next_action: "When the task runs, it ends as round.late and changes nothing.",
        next_at: f.due_in_seconds > 0 ? f.due_at : null,
      }
    : null;
/** A retry that is not due yet of a task whose round has closed. A due task is held by a paused queue first. */
const lateRetry: Rule = (f) => (f.due_in_seconds > 0 ? roundClosed(f, false) : null);

const overLimit: Rule = (f) =>
  isOpen(f) && f.max_running !== null && f.running >= f.max_running
    ? {
        verdict: "over_limit",
        cause: `The queue ${f.queue} runs ${f.running} of ${f.max_running} tasks at most; ${f.ahead} are due before this one.`,
        next_action: "The task is sent when a place is free.",
        next_at: null,
      }
    : null;

/** All later rules depend on a sweep: with both clocks silent none of them can be answered. */
const stale: Rule = (f) => {
  const asks = isOpen(f) || (f.state === "STARTED" && (f.lease_seconds ?? 0) < 0);
  if (!asks || !clocksSilent(f)) return null;
  return {
    verdict: "telemetry_stale",
    cause:
      `Both clocks are silent (cron ticked ${ago(f.cron_age_seconds)}, Beat ${ago(f.beat_age_seconds)}), ` +
      "so it is not known whether tasks are swept and consumed.",
    next_action:
      "Look at GET /health and at the deployment's Cron Triggers: a sweep sends the task as soon as one clock ticks.",
    next_at: null,
  };
};

const notSent: Rule = (f) =>
  isOpen(f) && f.sent_at === null
    ? {
        verdict: "not_sent",
        cause: `The task has been due since ${f.due_at} and was not sent; ${f.ahead} are due before it in ${f.queue}.`,
        next_action: `The sweep sends it, ${sweepStep(f)}. It sends ${limits.sweepRowsMax} tasks at a time, and tournaments take turns.`,
        next_at: null,
      }
    : null;

const sent: Rule = (f) => {
  if (!isOpen(f) || f.sent_at === null) return null;
  const again = plus(f.sent_at, resendAfterSeconds(f.sends));
  const times = `sent ${f.sends} ${f.sends === 1 ? "time" : "times"}, last at ${f.sent_at}`;
  const waited = (f.sent_age_seconds ?? 0) > PROMPT_SECONDS;
  if (waited && silent(f.consumer_age_seconds, SILENT_SECONDS.consumers)) {
    return {
      verdict: "no_consumer",
      cause: `The task was ${times}; a consumer of ${f.queue} was last seen: ${ago(f.consumer_age_seconds)}.`,
      next_action: "Check that the queue has its consumer. The task is sent again meanwhile.",
      next_at: again,
    };
  }
  if (f.ahead > 0) {
    return {
      verdict: "waiting_behind",
      cause: `The task was ${times}; ${f.ahead}${f.ahead >= AHEAD_MAX ? " or more" : ""} in ${f.queue} were due before it.`,
      next_action: "The task runs in its turn. If its message was lost, it is sent again.",
      next_at: again,
    };
  }
  return waited
    ? {
        verdict: "not_delivered",
        cause: `The task was ${times}, and no consumer has taken it since.`,
        next_action: "The task is sent again.",
        next_at: again,
      }
    : {
        verdict: "just_sent",
        cause: `The task was ${times}.`,
        next_action: "A consumer takes it within seconds.",
        next_at: again,
      };
};

/** The rules in the order in which they are tried. */
const rules: readonly Rule[] = [
  ended,
  (f, internals) => (f.lease_seconds !== null && f.lease_seconds >= 0 ? started(f, internals) : null),
  waitsForAgent,
  lateRetry,
  notDue,
  paused,
  roundClosed,
  overLimit,
  stale,
  started,
  notSent,
  sent,
];

/** `internals`: for operators, also who paused the queue, why, and which consumer runs the task. */
export function why(facts: WhyFacts, internals: boolean): Why {
  for (const rule of rules) {
    const answer = rule(facts, internals);
    if (answer) return answer;
  }
  throw new Error(`no rule applies to a task that is ${facts.state}`);
}
