import { Desk } from "./desk.ts";
import { oneDecimal, percent, price, unsignedPercent } from "./number-text.ts";
import type { Choice, Strategy, View } from "./strategy.ts";

const limits = { risk_score: "0.2", max_position_share: "0.15", cash_reserve_share: "0.4", max_trades_per_round: 1 };

export const conservative: Strategy = {
  key: "conservative",
  type: "conservative",
  description:
    "Small positions in the calmest symbols only: price and EMA20 above SMA50, RSI between 45 and 65, volatility no higher than the market's middle; leaves at SMA50 less 1 ATR, at 3 ATR of loss, or with a small profit when overbought.",
  limits,
  decide(view: View): Choice {
    const desk = new Desk(view, limits, { hold: 24, wait: 24 });
    const calmest = [...desk.market].sort((a, b) => a.unit - b.unit);
    const middle = calmest[Math.floor((calmest.length - 1) / 2)];

    for (const quoted of calmest) {
      const position = desk.position(quoted);
      if (position === null) continue;
      const { sma50, atr14, rsi14 } = quoted.i;
      const loss = (3 * atr14) / quoted.price;
      if (position.gain < -loss) {
        desk.sell(quoted, 0.9, `${percent(position.gain)} since the entry, past 3 ATR (${percent(-loss)})`);
      } else if (desk.isOldEnough(position) && quoted.price < sma50 - atr14) {
        desk.sell(
          quoted,
          0.8,
          `Price ${price(quoted.price)} is under SMA50 ${price(sma50)} by more than 1 ATR (${price(atr14)})`,
        );
      } else if (desk.isOldEnough(position) && rsi14 > 70 && position.gain > 0.005) {
        desk.sell(quoted, 0.7, `RSI ${oneDecimal(rsi14)} with ${percent(position.gain)} gained`);
      }
    }
    for (const quoted of calmest) {
      const { ema20, sma50, rsi14 } = quoted.i;
      const rising = quoted.price > ema20 && (ema20 / sma50 - 1) / quoted.unit > 0.5;
      const calm = middle !== undefined && quoted.unit <= middle.unit;
      if (!rising || !calm || rsi14 < 45 || rsi14 > 65 || desk.position(quoted) !== null) continue;
      const why = `Calm rise of ${quoted.symbol}: volatility ${unsignedPercent(quoted.unit)} a candle, RSI ${oneDecimal(rsi14)}, EMA20 ${price(ema20)} above SMA50 ${price(sma50)}`;
      desk.buy(quoted, 0.5, why);
    }
    const first = calmest[0];
    return desk.choice(
      first === undefined
        ? ""
        : `Calmest is ${first.symbol} at ${unsignedPercent(first.unit)} a candle, RSI ${oneDecimal(first.i.rsi14)}, EMA20 ${price(first.i.ema20)} against SMA50 ${price(first.i.sma50)}; ${unsignedPercent(desk.invested)} invested, no calm rise to add: holding.`,
      0.6,
    );
  },
};
