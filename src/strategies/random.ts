import { decimal, floor8, text, ZERO } from "../core/money.ts";
import { seededRandom } from "../core/random.ts";
import { shownMoney, shownPrice } from "../core/text/shown-number.ts";
import type { Choice, Strategy, View } from "./strategy.ts";

/** Share of the rounds in which it trades. */
const APPETITE = 0.1;

export const random: Strategy = {
  key: "random",
  type: "baseline",
  description:
    "In one round of ten it picks a symbol by the round's seed, and sells all of it, or buys it for 10 to 50 % of its cash. Shows what luck is worth.",
  limits: null,
  decide(view: View): Choice {
    const dice = seededRandom(view.seed);
    const thrown = dice.next();
    const symbol = view.symbols[Math.floor(dice.next() * view.symbols.length)];
    const hold = (why: string): Choice => ({ orders: [], reasoning: why, confidence: 0 });
    if (thrown >= APPETITE) return hold(`Threw ${thrown.toFixed(3)}, trades below ${APPETITE}: holding.`);
    if (symbol === undefined || view.prices[symbol] === undefined) return hold(`Threw ${thrown.toFixed(3)}, no price.`);

    const price = decimal(view.prices[symbol]);
    const least = decimal(view.min_order);
    const held = decimal(view.account.positions[symbol] ?? "0");
    if (held.gt(ZERO)) {
      if (held.times(price).lt(least)) return hold(`Threw ${thrown.toFixed(3)}: too little of ${symbol} to sell.`);
      const reasoning = `Threw ${thrown.toFixed(3)}: sells all ${text(held)} of ${symbol} at about ${shownPrice(text(price))}.`;
      return { orders: [{ side: "sell", symbol, amount: text(held), confidence: 0 }], reasoning, confidence: 0 };
    }
    const share = (0.1 + 0.4 * dice.next()).toFixed(2);
    const amount = floor8(decimal(view.account.cash).times(decimal(share)));
    if (amount.lte(ZERO) || amount.lt(least))
      return hold(`Threw ${thrown.toFixed(3)}: ${shownMoney(text(amount))} is too little to buy ${symbol}.`);
    const reasoning = `Threw ${thrown.toFixed(3)}: buys ${symbol} for ${shownMoney(text(amount))}, ${share} of its cash.`;
    return { orders: [{ side: "buy", symbol, amount: text(amount), confidence: 0 }], reasoning, confidence: 0 };
  },
};
