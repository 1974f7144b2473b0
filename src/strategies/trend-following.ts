import { Desk } from "./desk.ts";
import { difference, price, signed, unsignedPercent } from "./number-text.ts";
import type { Choice, Strategy, View } from "./strategy.ts";

const limits = { risk_score: "0.7", max_position_share: "0.7", cash_reserve_share: "0.1", max_trades_per_round: 2 };
/** EMA20 must be above SMA50 by this many units of volatility to count as a trend. */
const CLEAR = 0.6;

export const trendFollowing: Strategy = {
  key: "trend_following",
  type: "trend_following",
  description:
    "Rides trends: buys when EMA20 stands clearly above SMA50 with a rising MACD histogram, and stays until EMA20 falls below SMA50 or the price drops 2 ATR under it.",
  limits,
  decide(view: View): Choice {
    const desk = new Desk(view, limits, { hold: 12, wait: 12 });
    const trends = desk.market
      .map((quoted) => ({ ...quoted, gap: (quoted.i.ema20 / quoted.i.sma50 - 1) / quoted.unit }))
      .sort((a, b) => b.gap - a.gap);

    for (const quoted of trends) {
      const position = desk.position(quoted);
      if (position === null) continue;
      const { ema20, sma50, atr14, macdHistogram } = quoted.i;
      if (quoted.price < sma50 - 2 * atr14) {
        desk.sell(quoted, 0.9, `Price ${price(quoted.price)} fell 2 ATR (${price(atr14)}) under SMA50 ${price(sma50)}`);
      } else if (desk.isOldEnough(position) && quoted.gap < -CLEAR / 2) {
        const macd = difference(macdHistogram);
        desk.sell(quoted, 0.7, `EMA20 ${price(ema20)} below SMA50 ${price(sma50)} and MACD histogram ${macd}`);
      }
    }
    for (const quoted of trends) {
      const { ema20, sma50, macdHistogram } = quoted.i;
      if (quoted.gap < CLEAR || macdHistogram <= 0 || quoted.price < ema20 || desk.position(quoted) !== null) continue;
      const macd = difference(macdHistogram);
      const why = `EMA20 ${price(ema20)} above SMA50 ${price(sma50)} and MACD histogram ${macd}`;
      desk.buy(quoted, 0.45 + 0.1 * quoted.gap, why);
    }
    const best = trends[0];
    return desk.choice(
      best === undefined
        ? ""
        : `Clearest trend is ${best.symbol}: EMA20 ${price(best.i.ema20)} against SMA50 ${price(best.i.sma50)}, ${signed(best.gap)} units of volatility (${signed(CLEAR)} asked for); ${unsignedPercent(desk.invested)} invested, holding.`,
    );
  },
};
