import { Desk } from "./desk.ts";
import { oneDecimal, percent, signed, unsignedPercent } from "./number-text.ts";
import type { Choice, Strategy, View } from "./strategy.ts";

const limits = { risk_score: "0.5", max_position_share: "0.4", cash_reserve_share: "0.2", max_trades_per_round: 2 };
/** Sentiment (−1 to 1) beyond these means that the crowd is afraid, or greedy. */
const FEAR = -0.6;
const GREED = 0.5;

export const contrarian: Strategy = {
  key: "contrarian",
  type: "contrarian",
  description:
    "Against the crowd: buys what has fallen hard over 24 candles while sentiment (from candles) is in fear and RSI below 40, sells once the crowd is greedy or the RSI above 65; gives up at 5 ATR of loss.",
  limits,
  decide(view: View): Choice {
    const desk = new Desk(view, limits, { hold: 6, wait: 18 });
    const moods = [...desk.market].sort((a, b) => a.i.sentiment - b.i.sentiment);

    for (const quoted of moods) {
      const position = desk.position(quoted);
      if (position === null) continue;
      const { sentiment, rsi14, atr14 } = quoted.i;
      const loss = (5 * atr14) / quoted.price;
      if (position.gain < -loss) {
        desk.sell(
          quoted,
          0.7,
          `The crowd was right: ${percent(position.gain)} since the entry, past 5 ATR (${percent(-loss)})`,
        );
      } else if (desk.isOldEnough(position) && (sentiment > GREED || rsi14 > 65)) {
        desk.sell(
          quoted,
          0.7,
          `The crowd is back: sentiment ${signed(sentiment)}, RSI ${oneDecimal(rsi14)}, ${percent(position.gain)} since the entry`,
        );
      }
    }
    for (const quoted of moods) {
      const { sentiment, rsi14, return24 } = quoted.i;
      const fallen = return24 / (quoted.unit * Math.sqrt(24)) < -0.8;
      if (sentiment > FEAR || rsi14 > 40 || !fallen || desk.position(quoted) !== null) continue;
      const why = `Fear in ${quoted.symbol}: sentiment ${signed(sentiment)}, RSI ${oneDecimal(rsi14)}, ${percent(return24)} over 24 candles`;
      desk.buy(quoted, 0.5 + 0.5 * (FEAR - sentiment) + 0.01 * (40 - rsi14), why);
    }
    const worst = moods[0];
    return desk.choice(
      worst === undefined
        ? ""
        : `Darkest mood is ${worst.symbol}: sentiment ${signed(worst.i.sentiment)} (fear begins at ${signed(FEAR)}), RSI ${oneDecimal(worst.i.rsi14)}; ${unsignedPercent(desk.invested)} invested, holding.`,
    );
  },
};
