/** Every rule of "Why isn't this running?", in its order, on facts made by hand. */
import { expect, test } from "vitest";
import type { WhyFacts } from "../../../src/core/why/facts.ts";
import { type WhyLine, whyLines } from "../../../src/core/why/lines.ts";
import type { Verdict } from "../../../src/core/why/verdict.ts";
import { resendAfterSeconds, why } from "../../../src/core/why/why.ts";

const AT = "2026-03-02T00:00:00.000Z";

/** A task that was due and sent a second ago, while clocks and consumers are well. */
const base: WhyFacts = {
  state: "PENDING",
  queue: "agents",
  attempt: 0,
  max_attempts: 4,
  cancel_requested: false,
  due_at: AT,
  due_in_seconds: -1,
  sent_at: AT,
  sent_age_seconds: 1,
  sends: 1,
  consumer: null,
  lease_until: null,
  lease_seconds: null,
  heartbeat_age_seconds: null,
  finished_at: null,
  error_code: null,
  error_message: null,
  last_why: "enqueued",
  paused_at: null,
  paused_by: null,
  pause_reason: null,
  max_running: null,
  running: 0,
  ahead: 0,
  round_number: null,
  round_state: null,
  cron_age_seconds: 10,
  beat_age_seconds: 2,
  consumer_age_seconds: 3,
  waits_for_agent: false,
  decided_outside: false,
  begins_in_turn: false,
  answers_until: null,
};
const started = {
  state: "STARTED",
  attempt: 2,
  consumer: "worker 1234/abc",
  lease_until: AT,
  lease_seconds: 12,
  heartbeat_age_seconds: 3,
} as const;
const silent = { cron_age_seconds: 900, beat_age_seconds: null };

const cases: readonly (readonly [string, Partial<WhyFacts>, Verdict, RegExp, string | null])[] = [
  ["a success", { state: "SUCCESS", finished_at: AT, last_why: "done" }, "succeeded", /succeeded: done/, null],
  [
    "a failure",
    { state: "FAILURE", finished_at: AT, error_code: "agent.failed", error_message: "no answer" },
    "failed",
    /failed after agent.failed: no answer/,
    null,
  ],
  [
    "a failure that no retry can mend",
    { state: "FAILURE", finished_at: AT, error_code: "entry.not_found", error_message: "no entry" },
    "failed_for_good",
    /failed after entry.not_found/,
    null,
  ],
  [
    "a failure of a round that is over",
    { state: "FAILURE", finished_at: AT, error_code: "agent.timeout", round_number: 12, round_state: "settled" },
    "failed_for_good",
    /failed after agent.timeout/,
    null,
  ],
  ["a revoked one", { state: "REVOKED", finished_at: AT, last_why: "purged" }, "revoked", /revoked: purged/, null],
  [
    "a revoked one of a round that is over",
    { state: "REVOKED", finished_at: AT, round_number: 12, round_state: "settled" },
    "revoked",
    /revoked/,
    null,
  ],
  ["one that runs", started, "running", /Attempt 2 of 4 .* last heartbeat was 3 s ago; its lease ends in 12 s/, AT],
  ["one that runs while nobody sweeps", { ...started, ...silent }, "running", /lease ends/, AT],
  [
    "one that is being cancelled",
    { ...started, cancel_requested: true },
    "cancelling",
    /cancellation was requested/,
    AT,
  ],
  ["a lost one", { ...started, lease_seconds: -3 }, "lease_ran_out", /ran out 3 s ago/, null],
  ["a lost one while nobody sweeps", { ...started, ...silent, lease_seconds: -3 }, "telemetry_stale", /silent/, null],
  ["one for later", { due_in_seconds: 60, sent_at: null, sends: 0 }, "scheduled", /countdown or eta/, AT],
  ["one for later on a paused queue", { due_in_seconds: 60, paused_at: AT }, "scheduled", /queue is paused/, AT],
  [
    "a retry to come",
    { state: "RETRY", attempt: 1, due_in_seconds: 30, error_code: "task.failed", error_message: "boom" },
    "retrying",
    /attempt 2 of 4 after task.failed: boom/,
    AT,
  ],
  ["a paused queue", { paused_at: AT, sent_at: null }, "queue_paused", /agents has been paused since 2026/, null],
  ["a paused queue while nobody sweeps", { paused_at: AT, ...silent }, "queue_paused", /paused/, null],
  ["a closed round", { round_number: 7, round_state: "settled" }, "round_closed", /round 7, which is settled/, null],
  [
    "a retry to come, of a closed round",
    { state: "RETRY", attempt: 1, due_in_seconds: 4, round_number: 7, round_state: "quoted" },
    "round_closed",
    /round 7, which is quoted/,
    AT,
  ],
  [
    "a paused queue, and a closed round",
    { paused_at: AT, round_number: 7, round_state: "closed" },
    "queue_paused",
    /paused/,
    null,
  ],
  ["an open round", { round_number: 7, round_state: "open" }, "just_sent", /sent 1 time/, null],
  [
    "an agent from outside, in a paused queue",
    { waits_for_agent: true, answers_until: AT, round_state: "open", sent_at: null, paused_at: AT },
    "waits_for_agent",
    /^The task waits for its agent until 2026-03-02T00:00:00.000Z\.$/,
    AT,
  ],
  ["a full queue", { max_running: 2, running: 2, ahead: 5 }, "over_limit", /2 of 2 tasks at most; 5 are due/, null],
  ["a queue with a place", { max_running: 3, running: 2 }, "just_sent", /sent 1 time/, null],
  ["an unsent one", { sent_at: null, sends: 0, ahead: 4 }, "not_sent", /was not sent; 4 are due before it/, null],
  [
    "an unsent one while nobody sweeps",
    { sent_at: null, ...silent },
    "telemetry_stale",
    /cron ticked 900 s ago, Beat never/,
    null,
  ],
  ["no consumer", { sent_age_seconds: 40, consumer_age_seconds: 300 }, "no_consumer", /last seen: 300 s ago/, null],
  ["no consumer ever", { sent_age_seconds: 40, consumer_age_seconds: null }, "no_consumer", /last seen: never/, null],
  [
    "no consumer, nobody sweeps",
    { sent_age_seconds: 40, consumer_age_seconds: null, ...silent },
    "telemetry_stale",
    /not known/,
    null,
  ],
  ["a queue before it", { sent_age_seconds: 40, ahead: 12 }, "waiting_behind", /12 in agents were due before it/, null],
  ["more before it than is counted", { ahead: 10_000 }, "waiting_behind", /10000 or more/, null],
  ["a lost message", { sent_age_seconds: 15, sends: 1 }, "not_delivered", /no consumer has taken it/, null],
  ["one on its way", { sent_age_seconds: 2 }, "just_sent", /sent 1 time, last at/, null],
];

test.each(cases)("the verdict on %s", (_, facts, verdict, cause, next) => {
  const told = why({ ...base, ...facts }, false);
  expect(told.verdict).toBe(verdict);
  expect(told.cause).toMatch(cause);
  expect(told.next_action).toMatch(/^[A-Z].*\.$/);
  if (next) expect(told.next_at).toBe(next);
});

test("every verdict has a case above", () => {
  const told: Record<Verdict, true> = {
    succeeded: true,
    failed: true,
    failed_for_good: true,
    revoked: true,
    running: true,
    cancelling: true,
    lease_ran_out: true,
    scheduled: true,
    retrying: true,
    queue_paused: true,
    over_limit: true,
    round_closed: true,
    telemetry_stale: true,
    not_sent: true,
    no_consumer: true,
    not_delivered: true,
    waiting_behind: true,
    just_sent: true,
    waits_for_agent: true,
  };
  expect([...new Set(cases.map(([, , verdict]) => verdict))].sort()).toEqual(Object.keys(told).sort());
});

test("only operators see who paused the queue, why, and which consumer runs the task", () => {
  const held = { ...base, paused_at: AT, paused_by: "operator", pause_reason: "a leak" };
  expect(why(held, true).cause).toContain("by operator: a leak");
  expect(JSON.stringify(why(held, false))).not.toMatch(/operator|leak/);
  expect(why({ ...base, ...started }, true).cause).toContain("worker 1234/abc");
  expect(JSON.stringify(why({ ...base, ...started }, false))).not.toContain("1234");
});

test("while Beat is silent the answer promises the cron's sweep, and otherwise Beat's", () => {
  const unsent = { ...base, sent_at: null };
  expect(why({ ...unsent, beat_age_seconds: 100 }, false).next_action).toContain("within a minute");
  expect(why(unsent, false).next_action).toContain("within 5 s");
});

test("the sweep sends again 20, 40, … 300 s after the last sending", () => {
  expect([1, 2, 3, 4, 5, 6, 9].map(resendAfterSeconds)).toEqual([20, 40, 80, 160, 300, 300, 300]);
  expect(why({ ...base, sends: 2 }, false).next_at).toBe("2026-03-02T00:00:40.000Z");
});

type Statuses = readonly [WhyLine["status"], WhyLine["status"], WhyLine["status"]];

const lines: readonly (readonly [string, Partial<WhyFacts>, Statuses, RegExp])[] = [
  ["one just sent", {}, ["ok", "waits", "ok"], /No attempt has begun; the task has 4/],
  ["one that runs", started, ["ok", "ok", "ok"], /Attempt 2 of 4 runs/],
  ["one asked to stop", { ...started, cancel_requested: true }, ["ok", "waits", "ok"], /asked to stop/],
  ["one whose runner is gone", { ...started, lease_seconds: -3 }, ["ok", "ok", "waits"], /its lease has run out/],
  [
    "the same with nobody to sweep",
    { ...started, lease_seconds: -3, ...silent },
    ["ok", "ok", "unknown"],
    /Both clocks/,
  ],
  ["a paused queue", { paused_at: AT }, ["stuck", "waits", "ok"], /has been paused since/],
  ["one for later", { due_in_seconds: 60, sent_at: null }, ["waits", "waits", "ok"], /due in 60 s/],
  [
    "a queue without consumers",
    { sent_age_seconds: 90, consumer_age_seconds: 900 },
    ["ok", "waits", "stuck"],
    /last seen: 900 s ago/,
  ],
  ["nobody sweeps", { sent_at: null, ...silent }, ["waits", "waits", "unknown"], /Both clocks are silent/],
  [
    "one between attempts",
    { state: "RETRY", attempt: 1, due_in_seconds: 5, error_code: "agent.failed", error_message: "no" },
    ["waits", "waits", "ok"],
    /Attempt 1 of 4 ended after agent.failed: no/,
  ],
  ["a success", { state: "SUCCESS", attempt: 1, finished_at: AT }, ["ok", "ok", "ok"], /Attempt 1 of 4 ended well/],
  [
    "one that its agent's answer ended",
    { state: "SUCCESS", finished_at: AT, last_why: "answered", decided_outside: true },
    ["ok", "ok", "ok"],
    /no queue hands out its tasks.*The task \(answered\) ended well/,
  ],
  [
    "one that ended while it waited",
    { state: "FAILURE", finished_at: AT, error_code: "round.late", round_number: 7, round_state: "settled" },
    ["ok", "failed", "ok"],
    /did not hand out the task before it ended/,
  ],
  [
    "a revoked one of a round that is over",
    { state: "REVOKED", finished_at: AT, round_number: 7, round_state: "settled" },
    ["ok", "ok", "ok"],
    /Round 7 is over, so a retry can't help/,
  ],
  [
    "one of a halted entry",
    {
      ...{ state: "FAILURE", finished_at: AT, error_code: "agent.halted", round_number: 7, round_state: "settled" },
      decided_outside: true,
    },
    ["ok", "failed", "ok"],
    /no queue hands out its tasks.*Round 7 is over.*\/resume/,
  ],
  [
    "a failure",
    { state: "FAILURE", attempt: 4, finished_at: AT, error_code: "agent.failed", error_message: "no." },
    ["ok", "failed", "ok"],
    /The task failed after agent.failed: no\. Mend the agent/,
  ],
];
test.each(lines)("flow, execution and liveness of %s", (_, facts, statuses, words) => {
  const { flow, execution, liveness } = whyLines({ ...base, ...facts }, false);
  expect([flow.status, execution.status, liveness.status]).toEqual(statuses);
  expect([flow, execution, liveness].map(({ cause, next_action }) => `${cause} ${next_action}`).join(" ")).toMatch(
    words,
  );
  for (const line of [flow, execution, liveness]) expect(line.next_action).not.toBe("");
});
