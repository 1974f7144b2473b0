/** What needs attention, in words, with the page where it can be mended. Pure. */
import type { AttentionItem } from "../../api/answers.ts";
import { countText } from "../../parts/text/plural.ts";
import { spanText } from "../../parts/text/time-text.ts";
import { withQuery } from "../../parts/with-query.ts";

export interface AttentionWords {
  readonly key: string;
  readonly what: string;
  /** The cause or the cure, in a sentence. */
  readonly more: string;
  readonly href: string;
  /** The text of the link to `href`. */
  readonly linkText: string;
  /** When it last happened or since when it lasts. */
  readonly at: string | null;
}

const clockNames = { cron: "Cron", beat: "Beat" } as const;
const who = (by: string | null, reason: string | null): string =>
  `By ${by ?? "an operator"}${reason ? `: ${reason}` : ", without a reason"}.`;

/** `minutes`: how far back the list looks. */
export function attentionWords(item: AttentionItem, minutes: number): AttentionWords {
  const lately = minutes === 60 ? "in the last hour" : `in the last ${spanText(minutes * 60)}`;
  switch (item.kind) {
    case "clock_silent":
      return {
        key: `clock ${item.clock}`,
        what: `${clockNames[item.clock]} has been silent for ${spanText(item.age_seconds)}`,
        more: "The other clock fires the schedules meanwhile.",
        href: "/ops/schedules",
        linkText: "Schedules",
        at: null,
      };
    case "round_stuck":
      return {
        key: `stuck ${item.tournament_id}`,
        what: `Round ${item.round} of ${item.tournament} does not move`,
        more: "See whether all parts answer, and what the errors of the last hour say.",
        href: `/t/${item.tournament_id}`,
        linkText: "The tournament",
        at: item.since,
      };
    case "budget_spent":
      return {
        key: `spent ${item.tournament_id} ${item.agent_id}`,
        what: `${item.agent} has held for ${countText(item.holds, "round")}: its money does not last for a step`,
        more: `It spent $${item.usd} in ${item.tournament}. Its settings and the rules set its budget.`,
        href: `/t/${item.tournament_id}/${item.agent_id}`,
        linkText: "Its costs",
        at: null,
      };
    case "budget_low":
      return {
        key: `low ${item.tournament_id} ${item.agent_id}`,
        what: `${item.agent} has spent $${item.usd} of its $${item.budget_usd}`,
        more: `Without money it holds until ${item.tournament} ends.`,
        href: `/t/${item.tournament_id}/${item.agent_id}`,
        linkText: "Its costs",
        at: null,
      };
    case "queue_waits":
      return {
        key: `waits ${item.queue}`,
        what: `A task of ${item.queue} has waited for ${spanText(item.seconds)}`,
        more: item.is_consumed
          ? "Consumers are at work: the queue has more than they can take."
          : "No consumer of the queue was seen in the last minute.",
        href: "/ops/queues",
        linkText: "Queues",
        at: null,
      };
    case "consumers_silent":
      return {
        key: "consumers",
        what: `${countText(item.consumers, "consumer")} fell silent`,
        more: `${item.consumers === 1 ? "It" : "They"} held ${countText(item.tasks, "running task")}. The sweep gives them to another consumer.`,
        href: "/ops/consumers",
        linkText: "Consumers",
        at: null,
      };
    case "recoveries":
      return {
        key: "recoveries",
        what:
          item.lost > 0
            ? `${countText(item.mended + item.lost, "recovery", "recoveries")} ${lately}; ${countText(item.lost, "decision")} ${item.lost === 1 ? "was" : "were"} lost`
            : `${countText(item.mended, "recovery", "recoveries")} ${lately}`,
        more:
          item.lost > 0
            ? "A fault of the platform cost agents their round."
            : "Every agent is back, and no decision was lost.",
        href: "/ops/recoveries",
        linkText: "Recoveries",
        at: null,
      };
    case "errors":
      return {
        key: `error ${item.signature}`,
        what: `${countText(item.count, "task")} failed: ${item.signature}`,
        more: item.mend,
        href: withQuery("/ops/errors", { signature: item.signature }),
        linkText: "The errors",
        at: item.last_seen,
      };
    case "late_ticks":
      return {
        key: `ticks ${item.schedule}`,
        what: `${countText(item.ticks, "tick")} of ${item.schedule} did not fire in time ${lately}`,
        more: `The last one was ${item.outcome}.`,
        href: `/ops/schedules/${item.schedule}`,
        linkText: "Its ticks",
        at: item.last_due_at,
      };
    case "dead_letters":
      return {
        key: "letters",
        what: `${countText(item.letters, "dead letter")} can be looked at`,
        more: "The platform gave these messages up.",
        href: "/ops/dead-letters",
        linkText: "Dead letters",
        at: null,
      };
    case "queue_paused":
      return {
        key: `paused ${item.queue}`,
        what: `The queue ${item.queue} is paused`,
        more: who(item.by, item.reason),
        href: "/ops/queues",
        linkText: "Resume it",
        at: item.since,
      };
    case "schedule_paused":
      return {
        key: `paused schedule ${item.schedule}`,
        what: `The schedule ${item.schedule} is paused`,
        more: who(item.by, item.reason),
        href: `/ops/schedules/${item.schedule}`,
        linkText: "Resume it",
        at: item.since,
      };
    case "tournament_paused":
      return {
        key: `paused tournament ${item.tournament_id}`,
        what: `The tournament ${item.tournament} is paused`,
        more: "No round of it opens until it is resumed.",
        href: `/t/${item.tournament_id}`,
        linkText: "Resume it",
        at: item.since,
      };
  }
}
