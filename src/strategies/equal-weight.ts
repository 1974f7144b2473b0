import { decimal, divide, floor8, ONE, text, ZERO } from "../core/money.ts";
import type { Choice, Strategy, View } from "./strategy.ts";

export const equalWeight: Strategy = {
  key: "equal_weight",
  type: "baseline",
  description: "Baseline: buys equal parts of all symbols in its first round, and holds.",
  limits: null,
  decide(view: View): Choice {
    const { cash, positions } = view.account;
    const held = Object.values(positions).filter((quantity) => decimal(quantity).gt(ZERO)).length;
    const symbols = view.symbols.filter((symbol) => view.prices[symbol] !== undefined);
    if (held > 0 || symbols.length === 0) {
      return {
        orders: [],
        reasoning: `Holds ${held} of ${view.symbols.length} symbols, ${cash} in cash.`,
        confidence: 1,
      };
    }
    const part = floor8(divide(decimal(cash), decimal(String(symbols.length))));
    if (part.lt(ONE)) {
      const reasoning = `${cash} in cash is less than 1 for each of ${symbols.length} symbols: holding.`;
      return { orders: [], reasoning, confidence: 1 };
    }
    const amount = text(part);
    return {
      orders: symbols.map((symbol) => ({ side: "buy" as const, symbol, amount, confidence: 1 })),
      reasoning: `Buys ${symbols.length} symbols for ${amount} each, once.`,
      confidence: 1,
    };
  },
};
