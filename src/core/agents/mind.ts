/**
 * What an agent of the kind llm keeps beside its notes: theses, which say why it holds a position, and plan steps, which say
 * what it wants to do later. It is stored with the decision, and is always read by these schemas: so it is the same text again.
 */
import { z } from "zod";

export const mindLimits = {
  bytes: 32 * 1024,
  whyChars: 500,
  noteChars: 300,
  /** Theses of closed positions, and plan steps that have ended. The oldest go first. */
  endedKept: 20,
  stepsPlanned: 20,
  attempts: 3,
} as const;

export const planTypes = ["OPEN_POSITION", "CLOSE_POSITION", "RESEARCH"] as const;

/** Why a step that is still planned will never be carried out: the tournament has ended, or the agent has left it. */
export type MindEnd = "completed" | "cancelled" | "withdrawn";

/** What would end a position. The arena never sells by itself: the model reads it again. */
const exitSchema = z.object({
  stop: z.string().optional(),
  target: z.string().optional(),
  invalidation: z.string().optional(),
});
export type ExitPlan = z.infer<typeof exitSchema>;

/** One an open position. */
const thesisSchema = z.object({
  symbol: z.string(),
  /** The round whose decision opened it. */
  round: z.number(),
  /** The beginning of that decision's reasoning. */
  why: z.string(),
  /** The symbol's price at the snapshot. */
  price: z.string(),
  exit: exitSchema.nullable(),
  /** ordered: its buy is not filled yet. */
  state: z.enum(["ordered", "open", "closed"]),
  /** What sales of the position have realised. */
  realised: z.string(),
  closed_round: z.number().nullable(),
});
export type Thesis = z.infer<typeof thesisSchema>;

const planStepSchema = z.object({
  /** Counted by entry, from 1. */
  number: z.number(),
  type: z.enum(planTypes),
  at: z.string(),
  symbol: z.string().optional(),
  /** For OPEN_POSITION how much quote to spend, for CLOSE_POSITION how much of the asset to sell. */
  amount: z.string().optional(),
  note: z.string().optional(),
  state: z.enum(["planned", "executed", "failed", "cancelled", "skipped"]),
  attempts: z.number(),
  /** The place of its order in the newest decision, while it is not known whether the order was filled. */
  order: z.number().nullable(),
});
export type PlanStep = z.infer<typeof planStepSchema>;

export const mindSchema = z.object({
  /** The round of the decision that it was stored with. */
  round: z.number(),
  next_number: z.number(),
  theses: z.array(thesisSchema),
  plan_steps: z.array(planStepSchema),
});
export type Mind = z.infer<typeof mindSchema>;

export const emptyMind: Mind = { round: -1, next_number: 1, theses: [], plan_steps: [] };

export const isEmptyMind = ({ theses, plan_steps }: Mind) => theses.length === 0 && plan_steps.length === 0;

const bytesOf = (mind: Mind) => new TextEncoder().encode(JSON.stringify(mind)).byteLength;

/** The mind in the size that is kept. What has ended goes before what still counts, and the oldest goes first. */
export function fittingMind(mind: Mind): Mind {
  const newestOf = <T>(all: readonly T[], isOver: (one: T) => boolean) => {
    const drop = all.filter(isOver).slice(0, -mindLimits.endedKept);
    return all.filter((one) => !drop.includes(one));
  };
  const theses = newestOf(mind.theses, ({ state }) => state === "closed");
  const plan_steps = newestOf(mind.plan_steps, ({ state }) => state !== "planned");
  let fit: Mind = { ...mind, theses, plan_steps };
  while (bytesOf(fit) > mindLimits.bytes) fit = withoutOldest(fit);
  return fit;
}

function withoutOldest(mind: Mind): Mind {
  const without = <T>(all: readonly T[], at: number) => all.filter((_, n) => n !== at);
  const step = mind.plan_steps.findIndex(({ state }) => state !== "planned");
  if (step !== -1) return { ...mind, plan_steps: without(mind.plan_steps, step) };
  const closed = mind.theses.findIndex(({ state }) => state === "closed");
  return { ...mind, theses: without(mind.theses, Math.max(0, closed)) };
}
