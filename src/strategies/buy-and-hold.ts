import { z } from "zod";
import { decimal, ZERO } from "../core/money.ts";
import { symbolField } from "../core/symbol.ts";
import type { Choice, Strategy, View } from "./strategy.ts";

export const buyAndHold: Strategy = {
  key: "buy_and_hold",
  type: "baseline",
  description: "Spends all its cash on one symbol once, and holds.",
  limits: null,
  params: z.strictObject({ symbol: symbolField.describe("What it buys, such as BTC-USDT.") }),
  decide(view: View): Choice {
    const { symbol } = view.params;
    const { cash, positions } = view.account;
    const price = typeof symbol === "string" && view.symbols.includes(symbol) ? view.prices[symbol] : undefined;
    if (typeof symbol !== "string" || price === undefined) {
      const named = JSON.stringify(symbol ?? null).slice(0, 40);
      return {
        orders: [],
        reasoning: `No price of ${named} among ${view.symbols.length} symbols: holding.`,
        confidence: 1,
      };
    }
    const held = positions[symbol] ?? "0";
    const spends = decimal(cash).gt(ZERO) && decimal(cash).gte(decimal(view.min_order));
    if (decimal(held).gt(ZERO) || !spends) {
      return { orders: [], reasoning: `Holds ${held} of ${symbol} at ${price}.`, confidence: 1 };
    }
    const reasoning = `Buys ${symbol} at about ${price} for all of its ${cash}, once.`;
    return { orders: [{ side: "buy", symbol, amount: cash, confidence: 1 }], reasoning, confidence: 1 };
  },
};
