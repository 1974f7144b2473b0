import { Desk } from "./desk.ts";
import { oneDecimal, percent, price, signed, unsignedPercent } from "./number-text.ts";
import type { Choice, Strategy, View } from "./strategy.ts";

const limits = { risk_score: "0.8", max_position_share: "0.8", cash_reserve_share: "0.05", max_trades_per_round: 3 };
const BUSY = 1.1;

export const aggressive: Strategy = {
  key: "aggressive",
  type: "aggressive",
  description:
    "Buys breakouts in size: a close above the high of the last 20 candles on more than usual volume; out under the low of 20 candles, at 2.5 ATR of loss, or when an overbought rally stalls.",
  limits,
  decide(view: View): Choice {
    const desk = new Desk(view, limits, { hold: 6, wait: 9 });
    const ranked = desk.market
      .map((quoted) => ({ ...quoted, over: (quoted.price / quoted.i.high20 - 1) / quoted.unit }))
      .sort((a, b) => b.over - a.over);

    for (const quoted of ranked) {
      const position = desk.position(quoted);
      if (position === null) continue;
      const { low20, atr14, rsi14, return1 } = quoted.i;
      const loss = (2.5 * atr14) / quoted.price;
      if (quoted.price < low20)
        desk.sell(quoted, 0.9, `Price ${price(quoted.price)} broke the 20-candle low ${price(low20)}`);
      else if (position.gain < -loss) {
        desk.sell(quoted, 0.85, `${percent(position.gain)} since the entry, past 2.5 ATR (${percent(-loss)})`);
      } else if (desk.isOldEnough(position) && position.gain > 0.006 && rsi14 > 72 && return1 < 0) {
        desk.sell(
          quoted,
          0.7,
          `RSI ${oneDecimal(rsi14)} and the last candle ${percent(return1)}, ${percent(position.gain)} gained`,
        );
      }
    }
    for (const quoted of ranked) {
      const { high20, volumeRatio20, sma50 } = quoted.i;
      if (quoted.over <= 0 || volumeRatio20 < BUSY || quoted.price < sma50 || desk.position(quoted) !== null) continue;
      const why = `Price ${price(quoted.price)} broke the 20-candle high ${price(high20)} on ${volumeRatio20.toFixed(2)} times the usual volume`;
      desk.buy(quoted, 0.6 + 0.1 * quoted.over + 0.05 * volumeRatio20, why);
    }
    const best = ranked[0];
    return desk.choice(
      best === undefined
        ? ""
        : `Nearest to a breakout is ${best.symbol}: ${price(best.price)} against the 20-candle high ${price(best.i.high20)} (${signed(best.over)} units of volatility, volume ${best.i.volumeRatio20.toFixed(2)} times, ${BUSY} asked for); ${unsignedPercent(desk.invested)} invested, holding.`,
    );
  },
};
