import { decimal, divide, floor8, text, ZERO } from "../core/money.ts";
import type { Choice, Strategy, View } from "./strategy.ts";

export const equalWeight: Strategy = {
  key: "equal_weight",
  type: "baseline",
  description: "Buys equal parts of all symbols in its first round, again what was refused at its fill, and holds.",
  limits: null,
  decide(view: View): Choice {
    const { cash, positions } = view.account;
    const isHeld = (symbol: string) => decimal(positions[symbol] ?? "0").gt(ZERO);
    const held = Object.keys(positions).filter(isHeld).length;
    const unfilled = new Set(view.fills.flatMap(({ state, symbol }) => (state === "filled" ? [] : [symbol])));
    const symbols = view.symbols.filter(
      (symbol) => view.prices[symbol] !== undefined && (held === 0 || (unfilled.has(symbol) && !isHeld(symbol))),
    );
    if (symbols.length === 0) {
      return {
        orders: [],
        reasoning: `Holds ${held} of ${view.symbols.length} symbols, ${cash} in cash.`,
        confidence: 1,
      };
    }
    const part = floor8(divide(decimal(cash), decimal(String(symbols.length))));
    if (part.lte(ZERO) || part.lt(decimal(view.min_order))) {
      const reasoning = `${cash} in cash is less than ${view.min_order} for each of ${symbols.length} symbols: holding.`;
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
