/** Theses and plan steps of a language model as readers see them: with what has become of their orders, and of the tournament. */
import { emptyMind, type MindEnd, mindSchema } from "../../core/agents/mind.ts";
import type { Query } from "../../db/query.ts";
import type { AgentEntry } from "../../db/statements/entries/of-agent.ts";
import { readMind } from "../../db/statements/models/mind.ts";
import { mindNow, whyEnded } from "../../rounds/models/mind.ts";

export async function readPlans(query: Query, entry: AgentEntry) {
  const stored = await readMind(query, entry.entry_id);
  const mind = stored.mind === null ? emptyMind : mindSchema.parse(stored.mind);
  const end = endOf(entry);
  const { theses, plan_steps } = mindNow(mind, stored.ends, new Set(stored.held), end);
  const planned = new Set(mind.plan_steps.filter(({ state }) => state === "planned").map(({ number }) => number));
  return {
    theses,
    plan_steps: plan_steps.map(({ order: _, ...step }) => ({
      ...step,
      /** Null: it is planned. */
      reason: whyEnded({ ...step, order: null }, planned.has(step.number), end),
    })),
  };
}

/** What has ended its decisions. */
function endOf({ entry_status, tournament_status }: AgentEntry): MindEnd | null {
  if (entry_status === "withdrawn") return "withdrawn";
  return tournament_status === "completed" || tournament_status === "cancelled" ? tournament_status : null;
}
