import { Desk } from "../../src/strategies/desk.ts";
import type { Strategy } from "../../src/strategies/strategy.ts";

const limits = { risk_score: "0.5", max_position_share: "0.4", cash_reserve_share: "0.1", max_trades_per_round: 2 };

export const breakout: Strategy = {
  key: "breakout",
  type: "trend_following",
  description:
    "Buys a close above the highest price of 20 candles, and sells a close below the middle of their channel.",
  limits,
  decide(view) {
    const desk = new Desk(view, limits, { hold: 6, wait: 12 });
    for (const quoted of desk.market) {
      const { high20, low20 } = quoted.i;
      const middle = (high20 + low20) / 2;
      if (desk.position(quoted) === null) {
        if (quoted.price > high20) desk.buy(quoted, 0.8, `${quoted.symbol} closed above its high of ${high20}`);
      } else if (quoted.price < middle) desk.sell(quoted, 0.8, `${quoted.symbol} closed below its middle of ${middle}`);
    }
    return desk.choice("No close above a high, and none below a middle: holding.");
  },
};
