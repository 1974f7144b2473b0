/** A model's decision: what the tool submit_decision takes. It is the decision of every door, and more about each order. */
import { z } from "zod";
import { type DecisionBody, decisionBody } from "./decision.ts";

const { round, orders, ...rest } = decisionBody.shape;

/** The open round is meant where none is named. */
export const modelDecision = z.strictObject({
  round: round.optional(),
  orders,
  ...rest,
});
export type ModelDecision = Omit<DecisionBody, "round"> & { readonly round?: number | undefined };
