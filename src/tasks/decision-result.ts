/** The result of a decision's task. Only the outcome and the round are always known: a second answer has no more. */
import { z } from "zod";

const orderSchema = z.object({ side: z.string(), symbol: z.string(), amount: z.string() });

export const decisionResult = z.looseObject({
  outcome: z.enum(["made", "held", "rehearsal", "exists"]),
  round: z.number().int().nullable(),
  orders: z.array(orderSchema).optional(),
  refused: z.array(z.object({ order: orderSchema, code: z.string().nullable() })).optional(),
  refused_count: z.number().int().optional(),
  reasoning: z.string().optional(),
  recovered: z.boolean().optional(),
  performance: z
    .object({
      equity: z.string(),
      return: z.number(),
      rank: z.number().int().nullable(),
      max_drawdown: z.number(),
      sharpe: z.number().nullable(),
      trades: z.number().int(),
      win_rate: z.number().nullable(),
      fees: z.string(),
      since: z.string(),
    })
    .nullable()
    .optional(),
});
export type DecisionResult = z.infer<typeof decisionResult>;
