import type { Strategy } from "./strategy.ts";

export const cash: Strategy = {
  key: "cash",
  type: "baseline",
  description: "Never trades. Shows what doing nothing is worth.",
  limits: null,
  decide: (view) => ({ orders: [], reasoning: `Keeps ${view.account.cash} in cash, always.`, confidence: 1 }),
};
