import { Desk } from "./desk.ts";
import { percent, price, unsignedPercent } from "./number-text.ts";
import type { Choice, Strategy, View } from "./strategy.ts";

const limits = { risk_score: "0.4", max_position_share: "0.4", cash_reserve_share: "0.15", max_trades_per_round: 1 };
/** The smallest discount that counts: it must pay for two trades (0.3 %). */
const LEAST = 0.004;

export const value: Strategy = {
  key: "value",
  type: "value",
  description:
    "Takes SMA50 for the fair price: buys the symbol with the deepest discount to it in small parts, adding as it deepens, and sells when the price is back above fair; patient, without a stop.",
  limits,
  decide(view: View): Choice {
    const desk = new Desk(view, limits, { hold: 9, wait: 9 });
    const cheapest = desk.market
      .map((quoted) => ({
        ...quoted,
        discount: 1 - quoted.price / quoted.i.sma50,
        asked: Math.max(LEAST, (2 * quoted.i.atr14) / quoted.price),
      }))
      .sort((a, b) => b.discount / b.asked - a.discount / a.asked);

    for (const quoted of cheapest) {
      const position = desk.position(quoted);
      if (position === null || !desk.isOldEnough(position)) continue;
      const { discount } = quoted;
      // If the fair price has fallen to the entry price, there is no profit yet: then a premium must pay for the fees.
      const premium = position.gain > LEAST ? 0.001 : LEAST;
      if (discount > -premium) continue;
      const why = `${price(quoted.price)} is ${percent(-discount)} above the fair price ${price(quoted.i.sma50)}, ${percent(position.gain)} since the last buy`;
      desk.sell(quoted, 0.7, why);
    }
    for (const quoted of cheapest) {
      const { discount, asked } = quoted;
      const position = desk.position(quoted);
      const deeper = position === null || position.gain < -asked / 2;
      if (discount < asked || !deeper) continue;
      const why = `${price(quoted.price)} is ${percent(-discount)} from the fair price ${price(quoted.i.sma50)} (a discount of ${unsignedPercent(asked)} asked for)`;
      desk.buy(quoted, Math.min(0.6, (0.3 * discount) / asked), why);
    }
    const best = cheapest[0];
    return desk.choice(
      best === undefined
        ? ""
        : `Cheapest is ${best.symbol}: ${price(best.price)} against the fair price ${price(best.i.sma50)}, ${percent(-best.discount)}, where a discount of ${unsignedPercent(best.asked)} is asked for; ${unsignedPercent(desk.invested)} invested, holding.`,
    );
  },
};
