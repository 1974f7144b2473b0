import { Desk } from "./desk.ts";
import { oneDecimal, percent, price, unsignedPercent } from "./number-text.ts";
import type { Choice, Strategy, View } from "./strategy.ts";

const limits = { risk_score: "0.5", max_position_share: "0.35", cash_reserve_share: "0.25", max_trades_per_round: 2 };
/** The channel must be this wide for a swing to pay for two trades. */
const WIDE = 0.006;

export const swing: Strategy = {
  key: "swing",
  type: "swing",
  description:
    "Trades swings inside the 20-candle channel: buys in its lowest 30 % once the last candle turns up and RSI is below 50, sells in its highest 15 %, at half a channel of profit, or 2 ATR under the entry.",
  limits,
  decide(view: View): Choice {
    const desk = new Desk(view, limits, { hold: 6, wait: 12 });
    const channels = desk.market
      .map((quoted) => {
        const { high20, low20 } = quoted.i;
        const width = high20 - low20;
        return { ...quoted, width: width / quoted.price, place: width > 0 ? (quoted.price - low20) / width : 0.5 };
      })
      .sort((a, b) => a.place - b.place);

    for (const quoted of channels) {
      const position = desk.position(quoted);
      if (position === null) continue;
      const { atr14, high20, low20 } = quoted.i;
      const loss = (2 * atr14) / quoted.price;
      const gain = percent(position.gain);
      const channel = `the channel ${price(low20)} to ${price(high20)}`;
      if (position.gain < -loss) {
        desk.sell(quoted, 0.8, `${gain} since the entry, past 2 ATR (${percent(-loss)})`);
      } else if (position.gain > Math.max(WIDE, quoted.width / 2)) {
        desk.sell(quoted, 0.8, `${gain} since the entry, a good part of ${channel}`);
      } else if (desk.isOldEnough(position) && quoted.place > 0.85) {
        desk.sell(quoted, 0.7, `Price ${price(quoted.price)} is at the top of ${channel}, ${gain} since the entry`);
      }
    }
    for (const quoted of channels) {
      const { rsi14, return1, high20, low20 } = quoted.i;
      const low = quoted.place >= 0 && quoted.place < 0.3 && quoted.width > WIDE;
      if (!low || return1 <= 0 || rsi14 >= 50 || desk.position(quoted) !== null) continue;
      const why = `Price ${price(quoted.price)} turns up (${percent(return1)}) low in the channel ${price(low20)} to ${price(high20)}, RSI ${oneDecimal(rsi14)}`;
      desk.buy(quoted, 0.75 - quoted.place, why);
    }
    const lowest = channels[0];
    return desk.choice(
      lowest === undefined
        ? ""
        : `Lowest in its channel is ${lowest.symbol}: ${price(lowest.price)} in ${price(lowest.i.low20)} to ${price(lowest.i.high20)} (width ${unsignedPercent(lowest.width)}, last candle ${percent(lowest.i.return1)}); ${unsignedPercent(desk.invested)} invested, holding.`,
    );
  },
};
