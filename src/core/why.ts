/**
 * "Why isn't this running?" A verdict by rule over stored facts: the first rule that holds answers. What a rule would have
 * to guess, because whoever reports it is silent, it doesn't say: the verdict is then that the reports are stale.
 */
import { limits } from "./limits.ts";
import { AHEAD_MAX, type WhyFacts } from "./why-facts.ts";

/** Past these ages a clock or the consumers are taken to be silent. */
export const SILENT_SECONDS = {
  cron: limits.cronSilentSeconds,
  beat: limits.beatSilentSeconds,
  consumers: 60,
} as const;
/** From being sent or due to being taken, when all is well. */
export const PROMPT_SECONDS = 10;

export type Verdict =
  | "finished"
  | "running"
  | "cancelling"
  | "lease_ran_out"
  | "scheduled"
  | "retrying"
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
  /** When that is to happen, where it is known. */
  readonly next_at: string | null;
}

type Rule = (facts: WhyFacts, internals: boolean) => Why | null;

const seconds = (n: number | null): string => (n === null ? "never" : `${Math.max(0, Math.round(n))} s`);
export const ago = (n: number | null): string => (n === null ? "never" : `${seconds(n)} ago`);
export const isOpen = (f: WhyFacts): boolean => f.state === "PENDING" || f.state === "RETRY";
export const silent = (age: number | null, after: number): boolean => age === null || age > after;
/** Nobody sweeps: neither of the two clocks has ticked. */
export const clocksSilent = (f: WhyFacts): boolean =>
  silent(f.cron_age_seconds, SILENT_SECONDS.cron) && silent(f.beat_age_seconds, SILENT_SECONDS.beat);
const sweepStep = (f: WhyFacts): string =>
  silent(f.beat_age_seconds, SILENT_SECONDS.beat) ? "within a minute, by the cron: Beat is silent" : "within 5 s";
export const failure = (f: WhyFacts): string =>
  f.error_code ? ` after ${f.error_code}: ${(f.error_message ?? "").replace(/\.$/, "")}` : "";
const plus = (iso: string, more: number): string => new Date(Date.parse(iso) + more * 1000).toISOString();

/** When the sweep sends it again: 20, 40, … 300 s after it was sent, by how often it was. */
export function resendAfterSeconds(sends: number): number {
  return Math.min(limits.resendCapSeconds, limits.resendSeconds * 2 ** (Math.min(sends, 6) - 1));
}

const finished: Rule = (f) =>
  f.finished_at === null
    ? null
    : {
        verdict: "finished",
        cause: `It finished as ${f.state}${f.state === "FAILURE" ? failure(f) : f.last_why ? `: ${f.last_why}` : ""}.`,
        next_action:
          f.state === "SUCCESS" ? "None." : "POST /tasks/{id}/retry starts it over; nothing else runs it again.",
        next_at: null,
      };

const started: Rule = (f, internals) => {
  if (f.state !== "STARTED" || f.lease_seconds === null) return null;
  const by = internals && f.consumer ? ` by ${f.consumer}` : "";
  const lease = `Attempt ${f.attempt} of ${f.max_attempts} was claimed${by}, last heard of ${ago(f.heartbeat_age_seconds)}`;
  if (f.lease_seconds < 0) {
    return {
      verdict: "lease_ran_out",
      cause: `${lease}; its lease ran out ${seconds(-f.lease_seconds)} ago: whoever ran it is gone.`,
      next_action: f.cancel_requested
        ? `The sweep ends it as REVOKED, ${sweepStep(f)}.`
        : `The sweep gives it back, spending no attempt, ${sweepStep(f)}.`,
      next_at: null,
    };
  }
  const left = `its lease ends in ${seconds(f.lease_seconds)}`;
  return f.cancel_requested
    ? {
        verdict: "cancelling",
        cause: `${lease}; ${left}. Its cancelling was asked for.`,
        next_action:
          "Its next heartbeat, every 5 s, tells the handler; at the latest the sweep ends it with its lease.",
        next_at: f.lease_until,
      }
    : {
        verdict: "running",
        cause: `${lease}; ${left}.`,
        next_action: "It is running. Heartbeats prolong the lease; one that runs out is swept and run again.",
        next_at: f.lease_until,
      };
};

const notDue: Rule = (f) => {
  if (!isOpen(f) || f.due_in_seconds <= 0) return null;
  const paused = f.paused_at ? " Its queue is paused, and would hold it then." : "";
  return f.state === "RETRY"
    ? {
        verdict: "retrying",
        cause: `It waits for attempt ${f.attempt + 1} of ${f.max_attempts}${failure(f)}.${paused}`,
        next_action: `It is due again in ${seconds(f.due_in_seconds)}.`,
        next_at: f.due_at,
      }
    : {
        verdict: "scheduled",
        cause: `It was asked for later, by countdown or eta.${paused}`,
        next_action: `It is due in ${seconds(f.due_in_seconds)}.`,
        next_at: f.due_at,
      };
};

const paused: Rule = (f, internals) => {
  if (!isOpen(f) || f.paused_at === null) return null;
  const by = internals ? ` by ${f.paused_by ?? "?"}${f.pause_reason ? `: ${f.pause_reason}` : ""}` : "";
  return {
    verdict: "queue_paused",
    cause: `The queue ${f.queue} is paused since ${f.paused_at}${by}.`,
    next_action: `POST /queues/${f.queue}/resume sends what waits at once.`,
    next_at: null,
  };
};

const roundClosed: Rule = (f) =>
  isOpen(f) && f.round_state !== null && f.round_state !== "open" && f.round_state !== "scheduled"
    ? {
        verdict: "round_closed",
        cause: `It stands for the decision of round ${f.round_number}, which is ${f.round_state}.`,
        next_action: "When it runs it ends as round.late, and changes nothing.",
        next_at: f.due_in_seconds > 0 ? f.due_at : null,
      }
    : null;
/** A retry that is to come changes as little. What is due is held by its queue first. */
const lateRetry: Rule = (f) => (f.due_in_seconds > 0 ? roundClosed(f, false) : null);

const overLimit: Rule = (f) =>
  isOpen(f) && f.max_running !== null && f.running >= f.max_running
    ? {
        verdict: "over_limit",
        cause: `The queue ${f.queue} runs ${f.running} of ${f.max_running} at most; ${f.ahead} are due before it.`,
        next_action: "It is sent when a place is free.",
        next_at: null,
      }
    : null;

/** What follows depends on who sweeps: when that is not known, neither is the rest. */
const stale: Rule = (f) => {
  const asks = isOpen(f) || (f.state === "STARTED" && (f.lease_seconds ?? 0) < 0);
  if (!asks || !clocksSilent(f)) return null;
  return {
    verdict: "telemetry_stale",
    cause:
      `Both clocks are silent (cron ticked ${ago(f.cron_age_seconds)}, Beat ${ago(f.beat_age_seconds)}), ` +
      "so it is not known whether anybody sweeps or consumes.",
    next_action: "Look at GET /health and at the deployment's Cron Triggers: a sweep sends it as soon as one ticks.",
    next_at: null,
  };
};

const notSent: Rule = (f) =>
  isOpen(f) && f.sent_at === null
    ? {
        verdict: "not_sent",
        cause: `It is due since ${f.due_at} and not sent; ${f.ahead} are due before it in ${f.queue}.`,
        next_action: `The sweep sends it, ${sweepStep(f)}; of a backlog ${limits.sweepRowsMax} at a time, tournaments in turns.`,
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
      cause: `It was ${times}; a consumer of ${f.queue} was seen ${ago(f.consumer_age_seconds)}.`,
      next_action: "Check that the queue has its consumer. It is sent again meanwhile.",
      next_at: again,
    };
  }
  if (f.ahead > 0) {
    return {
      verdict: "waiting_behind",
      cause: `It was ${times}; ${f.ahead}${f.ahead >= AHEAD_MAX ? " or more" : ""} in ${f.queue} were due before it.`,
      next_action: "It runs in its turn. Should its message be lost, it is sent again.",
      next_at: again,
    };
  }
  return waited
    ? {
        verdict: "not_delivered",
        cause: `It was ${times}, and no consumer has taken it since.`,
        next_action: "It is sent again.",
        next_at: again,
      }
    : {
        verdict: "just_sent",
        cause: `It was ${times}.`,
        next_action: "A consumer takes it within seconds.",
        next_at: again,
      };
};

/** In the order in which they are asked. */
const rules: readonly Rule[] = [
  finished,
  (f, internals) => (f.lease_seconds !== null && f.lease_seconds >= 0 ? started(f, internals) : null),
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

/** `internals`: with who paused, why, and which consumer, for operators. */
export function why(facts: WhyFacts, internals: boolean): Why {
  for (const rule of rules) {
    const answer = rule(facts, internals);
    if (answer) return answer;
  }
  throw new Error(`no rule knows a task that is ${facts.state}`);
}
