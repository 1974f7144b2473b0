/** The deployed "random" strategy of a chaos run: it trades in every round, because a hold proves little about fills. */
import { decimal, floor8, text } from "../../src/core/money.ts";
import { seededRandom } from "../../src/core/random.ts";
import type { Choice, View } from "../../src/strategies/strategy.ts";

/** Sells what it holds of a symbol, or buys for a fifth of its cash. One decision may hold both, so their order matters. */
export function eager(view: View): Choice {
  const dice = seededRandom(view.seed);
  const orders: Choice["orders"][number][] = [];
  for (const symbol of view.symbols) {
    if (view.prices[symbol] === undefined || dice.next() < 0.3) continue;
    const held = view.account.positions[symbol];
    const side = held !== undefined && dice.next() < 0.5 ? "sell" : "buy";
    const amount = side === "sell" ? (held ?? "0") : text(floor8(decimal(view.account.cash).times(decimal("0.2"))));
    orders.push({ side, symbol, amount, confidence: 0.5 });
  }
  return { orders, reasoning: `Threw ${dice.next().toFixed(6)}.`, confidence: 0.5, memory: { round: view.round } };
}
