/** How a mind goes from round to round. All of it is pure: after a crash the same rows give the same mind. */
import type { ModelDecision } from "../../api/model-decision.ts";
import {
  fittingMind,
  type Mind,
  type MindEnd,
  mindLimits,
  type PlanStep,
  type Thesis,
} from "../../core/agents/mind.ts";
import { decimal, text } from "../../core/money.ts";
import { storableText } from "../../core/storable.ts";
import type { OrderEnd } from "../../db/statements/models/mind.ts";

/** The mind at the opening of a round. `ends`: what became of the orders of the decision that it was stored with. */
export function recalled(mind: Mind, ends: readonly OrderEnd[], held: ReadonlySet<string>): Mind {
  return fittingMind({
    ...mind,
    theses: mind.theses.flatMap((thesis) => thesisNow(thesis, mind.round, ends, held)),
    plan_steps: mind.plan_steps.map((step) => stepNow(step, ends)),
  });
}

function thesisNow(thesis: Thesis, round: number, ends: readonly OrderEnd[], held: ReadonlySet<string>): Thesis[] {
  if (thesis.state === "closed") return [thesis];
  const filled = ends.filter(({ symbol, state }) => symbol === thesis.symbol && state === "filled");
  // No position came of it, so there is nothing to explain.
  if (thesis.state === "ordered" && !filled.some(({ side }) => side === "buy")) return [];
  const realised = text(
    filled.reduce((sum, { realised }) => sum.plus(decimal(realised ?? "0")), decimal(thesis.realised)),
  );
  if (held.has(thesis.symbol)) return [{ ...thesis, state: "open", realised }];
  return [{ ...thesis, state: "closed", realised, closed_round: round }];
}

function stepNow(step: PlanStep, ends: readonly OrderEnd[]): PlanStep {
  if (step.order === null) return step;
  const isFilled = ends.some(({ seq, state }) => seq === step.order && state === "filled");
  if (isFilled) return { ...step, state: "executed", order: null };
  return { ...step, state: step.attempts >= mindLimits.attempts ? "failed" : "planned", order: null };
}

/**
 * The mind as readers see it between decisions, with the ends of the last decision's orders. `end`: there will be no decision
 * any more, so what is still planned is skipped.
 */
export function mindNow(stored: Mind, ends: readonly OrderEnd[], held: ReadonlySet<string>, end: MindEnd | null): Mind {
  // An order that is not filled yet belongs to the decision that is stored.
  const now = ends.some(({ state }) => state === "open") ? stored : recalled(stored, ends, held);
  if (end === null) return now;
  const skipped = { state: "skipped", order: null } as const;
  return {
    ...now,
    plan_steps: now.plan_steps.map((step) => (step.state === "planned" ? { ...step, ...skipped } : step)),
  };
}

const WHY_SKIPPED: Readonly<Record<MindEnd, string>> = {
  completed: "The tournament ended before.",
  cancelled: "The tournament was cancelled before.",
  withdrawn: "The agent left the tournament before.",
};

/** Why a step has ended, in a sentence. Null: it is planned. `wasPlanned`: it was so in the mind that is stored. */
export function whyEnded({ state }: PlanStep, wasPlanned: boolean, end: MindEnd | null): string | null {
  switch (state) {
    case "planned":
      return null;
    case "executed":
      return "It was carried out.";
    case "failed":
      return `${mindLimits.attempts} orders for it were not filled.`;
    case "cancelled":
      return "The model took it back.";
    case "skipped":
      return wasPlanned && end !== null ? WHY_SKIPPED[end] : "It was due, and the decision had no order for it.";
  }
}

const isDue = (step: PlanStep, dueAt: string) => step.state === "planned" && Date.parse(step.at) <= Date.parse(dueAt);

/** What the model is shown of its mind. */
export function shownMind({ theses, plan_steps }: Mind, dueAt: string) {
  const plain = ({ order: _, ...step }: PlanStep) => step;
  const due = plan_steps.filter((step) => isDue(step, dueAt));
  return {
    theses: theses.filter(({ state }) => state !== "closed"),
    due_plan_steps: due.map(plain),
    later_plan_steps: plan_steps.filter((step) => step.state === "planned" && !due.includes(step)).map(plain),
    closed_theses: theses.filter(({ state }) => state === "closed"),
    ended_plan_steps: plan_steps.filter(({ state }) => state !== "planned").map(plain),
  };
}

export interface DecidedRound {
  readonly number: number;
  readonly dueAt: string;
  readonly market: Readonly<Record<string, { readonly price: string }>>;
}

/** The mind to be stored with a decision. `accepted`: the places of its orders that the rules let through. */
export function afterDecision(
  mind: Mind,
  decision: Pick<ModelDecision, "orders" | "reasoning">,
  accepted: ReadonlySet<number>,
  round: DecidedRound,
): Mind {
  const taken = new Set<number>();
  const plan_steps = mind.plan_steps.map((step) =>
    isDue(step, round.dueAt) ? tried(step, decision.orders, taken) : step,
  );
  const theses = [...mind.theses];
  decision.orders.forEach((order, seq) => {
    if (order.side !== "buy" || !accepted.has(seq)) return;
    const at = theses.findIndex(({ symbol, state }) => symbol === order.symbol && state !== "closed");
    const known = theses[at];
    // What is bought on top belongs to the position. Only a new exit plan takes the old one's place.
    if (known) theses[at] = order.exit ? { ...known, exit: order.exit } : known;
    else
      theses.push({
        symbol: order.symbol,
        round: round.number,
        why: storableText(decision.reasoning, mindLimits.whyChars),
        price: round.market[order.symbol]?.price ?? "",
        exit: order.exit ?? null,
        state: "ordered",
        realised: "0",
        closed_round: null,
      });
  });
  return fittingMind({ ...mind, round: round.number, theses, plan_steps });
}

/** A due step with the decision that followed. An order is of one step only. */
function tried(step: PlanStep, orders: ModelDecision["orders"], taken: Set<number>): PlanStep {
  if (step.type === "RESEARCH") return { ...step, state: "executed", attempts: step.attempts + 1 };
  const side = step.type === "OPEN_POSITION" ? "buy" : "sell";
  const order = orders.findIndex((one, seq) => one.side === side && one.symbol === step.symbol && !taken.has(seq));
  if (order === -1) return { ...step, state: "skipped" };
  taken.add(order);
  return { ...step, attempts: step.attempts + 1, order };
}
