import { Desk } from "./desk.ts";
import { oneDecimal, percent, price, unsignedPercent } from "./number-text.ts";
import type { Choice, Strategy, View } from "./strategy.ts";

const limits = { risk_score: "0.6", max_position_share: "0.5", cash_reserve_share: "0.2", max_trades_per_round: 2 };
const OVERSOLD = 35;

export const meanReversion: Strategy = {
  key: "mean_reversion",
  type: "mean_reversion",
  description:
    "Buys dips: a close under the lower Bollinger band (20, 2) with RSI below 35; sells when the price is back at the middle band, or 4 ATR under the entry.",
  limits,
  decide(view: View): Choice {
    const desk = new Desk(view, limits, { hold: 3, wait: 12 });
    const dips = desk.market
      .map((quoted) => ({ ...quoted, depth: (quoted.i.bollingerLower - quoted.price) / (quoted.unit * quoted.price) }))
      .sort((a, b) => b.depth - a.depth);

    for (const quoted of dips) {
      const position = desk.position(quoted);
      if (position === null) continue;
      const { bollingerMiddle, atr14 } = quoted.i;
      const loss = (4 * atr14) / quoted.price;
      if (position.gain < -loss) {
        desk.sell(
          quoted,
          0.8,
          `The dip went on: ${percent(position.gain)} since the entry, past 4 ATR (${percent(-loss)})`,
        );
      } else if (desk.isOldEnough(position) && quoted.price >= bollingerMiddle) {
        desk.sell(
          quoted,
          0.75,
          `Price ${price(quoted.price)} is back at the middle band ${price(bollingerMiddle)}, ${percent(position.gain)} since the entry`,
        );
      }
    }
    for (const quoted of dips) {
      const { bollingerLower, rsi14 } = quoted.i;
      if (quoted.depth <= 0 || rsi14 >= OVERSOLD || desk.position(quoted) !== null) continue;
      const why = `Price ${price(quoted.price)} under the lower band ${price(bollingerLower)} with RSI ${oneDecimal(rsi14)}`;
      desk.buy(quoted, 0.5 + 0.1 * quoted.depth + 0.01 * (OVERSOLD - rsi14), why);
    }
    const deepest = dips[0];
    return desk.choice(
      deepest === undefined
        ? ""
        : `Nearest to a dip is ${deepest.symbol}: ${price(deepest.price)} against the lower band ${price(deepest.i.bollingerLower)}, RSI ${oneDecimal(deepest.i.rsi14)} (${OVERSOLD} asked for); ${unsignedPercent(desk.invested)} invested, holding.`,
    );
  },
};
