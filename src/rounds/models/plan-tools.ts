/** The tools by which a model plans for later rounds. They change what is stored with its decision, and nothing else. */
import { type ToolSet, tool, zodSchema } from "ai";
import { z } from "zod";
import { numberText } from "../../api/decision.ts";
import { type Mind, mindLimits, type PlanStep, planTypes } from "../../core/agents/mind.ts";
import { limits } from "../../core/limits.ts";
import { storableText } from "../../core/storable.ts";

export interface PlanDesk {
  readonly round: {
    readonly round: { readonly due_at: string };
    readonly market: Readonly<Record<string, unknown>>;
  };
  mind: Mind;
}

const asked = z.strictObject({
  type: z.enum(planTypes),
  at: z.iso.datetime({ offset: true }).describe("When, in the market's time, such as 2026-01-31T12:00:00Z."),
  symbol: z.string().max(limits.symbolCharsMax).optional().describe("Of a position to open or close."),
  amount: numberText('must be a decimal such as "12.5"').optional(),
  note: z.string().max(mindLimits.noteChars).optional().describe("What to look at again, or why."),
});

const schemas = { plan: zodSchema(asked), cancel: zodSchema(z.strictObject({ number: z.number().int() })) };

export function planTools(desk: PlanDesk) {
  return {
    plan_step: tool({
      description: "Plans a step for a later round, which then shows it as due. It places no order by itself.",
      inputSchema: schemas.plan,
      execute: async (step) => plan(desk, step),
    }),
    cancel_plan_step: tool({
      description: "Cancels a planned step.",
      inputSchema: schemas.cancel,
      execute: async ({ number }) => cancel(desk, number),
    }),
  } satisfies ToolSet;
}

/** What is thrown here goes to the model, word by word. */
function plan(desk: PlanDesk, { type, at, symbol, amount, note }: z.infer<typeof asked>): { number: number } {
  const { mind, round } = desk;
  const due = Date.parse(at);
  if (due <= Date.parse(round.round.due_at)) throw new Error(`The time must be after ${round.round.due_at}.`);
  if (type === "RESEARCH" ? !note : symbol === undefined)
    throw new Error(type === "RESEARCH" ? "RESEARCH needs a note." : `${type} needs a symbol.`);
  if (symbol !== undefined && !Object.hasOwn(round.market, symbol))
    throw new Error(`There is no such symbol. The symbols are ${Object.keys(round.market).join(", ")}.`);
  const step = {
    type,
    at: new Date(due).toISOString(),
    ...(symbol === undefined ? {} : { symbol }),
    ...(amount === undefined ? {} : { amount }),
    ...(note === undefined ? {} : { note: storableText(note, mindLimits.noteChars) }),
  };
  if (mind.plan_steps.some((known) => payloadOf(known) === payloadOf(step)))
    throw new Error("You have planned exactly this step before.");
  if (mind.plan_steps.filter(({ state }) => state === "planned").length >= mindLimits.stepsPlanned)
    throw new Error(`At most ${mindLimits.stepsPlanned} steps may be planned. Cancel one first.`);
  const number = mind.next_number;
  const planned: PlanStep = { number, ...step, state: "planned", attempts: 0, order: null };
  desk.mind = { ...mind, next_number: number + 1, plan_steps: [...mind.plan_steps, planned] };
  return { number };
}

const payloadOf = ({ type, at, symbol, amount, note }: Pick<PlanStep, "type" | "at" | "symbol" | "amount" | "note">) =>
  JSON.stringify([type, at, symbol, amount, note]);

function cancel(desk: PlanDesk, number: number): { cancelled: number } {
  const { plan_steps } = desk.mind;
  if (!plan_steps.some((step) => step.number === number && step.state === "planned"))
    throw new Error("There is no planned step of this number.");
  const cancelled = plan_steps.map((step) =>
    step.number === number ? { ...step, state: "cancelled" as const } : step,
  );
  desk.mind = { ...desk.mind, plan_steps: cancelled };
  return { cancelled: number };
}
