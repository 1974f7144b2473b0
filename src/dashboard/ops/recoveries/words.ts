/** Why an agent had to be recovered, and what came of it, in words. Pure. */
import type { Recovery } from "../../api/answers.ts";
import type { Tone } from "../../parts/chip.tsx";

export const causes = [
  { value: "all", label: "All", title: "Every recovery" },
  {
    value: "lease",
    label: "Lost consumer",
    title: "Whoever ran a decision gave no sign of life: its lease ran out, and another one ran it",
  },
  { value: "resent", label: "Lost message", title: "The message of a decision was lost, and was sent again" },
  { value: "alarm", label: "Silent", title: "The agent's own object found that it had been silent for two intervals" },
  {
    value: "stale",
    label: "Silent for long",
    title: "The task recover_crashed_agents found the agent silent for ten minutes",
  },
  { value: "operator", label: "By hand", title: "An operator asked for it" },
] as const;

interface FateWords {
  readonly tone: Tone;
  readonly label: string;
  readonly more: string;
}

const fates: Readonly<Record<Recovery["fate"], FateWords>> = {
  under_way: { tone: "wait", label: "under way", more: "its round is open" },
  back: { tone: "good", label: "mended", more: "the agent is back" },
  lost: { tone: "bad", label: "lost", more: "the platform lost the decision" },
  own: { tone: "plain", label: "the agent's own", more: "too slow or failed: not counted" },
  let_go: { tone: "plain", label: "no longer owed", more: "its round ended: not counted" },
};
const byOperator: FateWords = { tone: "plain", label: "by an operator", more: "paused or cancelled: not counted" };
const afterPause: FateWords = { tone: "plain", label: "back after a pause", more: "not counted" };

export function fateWords({ fate, missed, queue_paused }: Pick<Recovery, "fate" | "missed" | "queue_paused">) {
  if (fate === "back" && queue_paused) return afterPause;
  const cut =
    missed === "queue.paused" || missed === "task.cancelled" || (queue_paused && !missed?.startsWith("agent."));
  return fate === "own" && cut ? byOperator : fates[fate];
}

/** A round sends again what a paused queue holds back, and no message is lost. */
export function causeWords({ cause, queue_paused }: Pick<Recovery, "cause" | "queue_paused">) {
  if (cause === "resent" && queue_paused) {
    return { label: "Paused queue", title: "An operator had paused the queue, so the agent was not asked in time" };
  }
  return causes.find(({ value }) => value === cause) ?? { label: cause, title: undefined };
}
