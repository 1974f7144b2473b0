/** A model's decision: what the tool submit_decision takes. It is the decision of every door, and an exit plan for each order. */
import { z } from "zod";
import { type ExitPlan, mindLimits } from "../core/agents/mind.ts";
import { limits } from "../core/limits.ts";
import { storableText } from "../core/storable.ts";
import { type DecisionBody, decisionBody, numberText, orderBody } from "./decision.ts";

const { round, orders: _, ...rest } = decisionBody.shape;

const price = numberText('must be a price such as "12.5"')
  .pipe(z.string().regex(/^\d{1,60}(\.\d{1,60})?$/, 'must be a price such as "12.5"'))
  .optional();

const exit = z
  .strictObject({
    stop: price,
    target: price,
    invalidation: z
      .string()
      .max(mindLimits.noteChars)
      .transform((text) => storableText(text, mindLimits.noteChars))
      .optional(),
  })
  .describe("What would end the position. You read it again each round; the arena never sells by itself.");

/** The open round is meant where none is named. */
export const modelDecision = z.strictObject({
  round: round.optional(),
  orders: z
    .array(orderBody.extend({ exit: exit.optional() }))
    .max(limits.ordersStoredMax)
    .describe("At most 100 are placed. An empty list holds."),
  ...rest,
});
export type ModelDecision = Omit<DecisionBody, "round" | "orders"> & {
  readonly round?: number | undefined;
  readonly orders: readonly (DecisionBody["orders"][number] & { readonly exit?: ExitPlan | undefined })[];
};
