import { Desk } from "./desk.ts";
import { percent, signed, unsignedPercent } from "./number-text.ts";
import type { Choice, Strategy, View } from "./strategy.ts";

const limits = { risk_score: "0.5", max_position_share: "0.25", cash_reserve_share: "0.2", max_trades_per_round: 2 };
const ENTER = 0.6;
const EXIT = -0.35;

export const sentiment: Strategy = {
  key: "sentiment",
  type: "sentiment",
  description:
    "Follows the mood: sentiment is read from candles (volatility-scaled returns of 24 candles weighted by volume, and the volume of rising against falling candles, through tanh: −1 to 1). Buys above +0.6, sells below −0.35.",
  limits,
  decide(view: View): Choice {
    const desk = new Desk(view, limits, { hold: 12, wait: 12 });
    const moods = [...desk.market].sort((a, b) => b.i.sentiment - a.i.sentiment);

    for (const quoted of moods) {
      const position = desk.position(quoted);
      if (position === null || !desk.isOldEnough(position) || quoted.i.sentiment > EXIT) continue;
      const why = `Mood of ${quoted.symbol} turned to ${signed(quoted.i.sentiment)} (exit at ${signed(EXIT)}), ${percent(position.gain)} since the entry`;
      desk.sell(quoted, 0.5 - 0.5 * quoted.i.sentiment, why);
    }
    for (const quoted of moods) {
      const score = quoted.i.sentiment;
      if (score < ENTER || desk.position(quoted) !== null) continue;
      const why = `Mood of ${quoted.symbol} is ${signed(score)} on ${quoted.i.volumeRatio20.toFixed(2)} times the usual volume`;
      desk.buy(quoted, score, why);
    }
    const best = moods[0];
    return desk.choice(
      best === undefined
        ? ""
        : `Best mood is ${best.symbol} with ${signed(best.i.sentiment)} (${signed(ENTER)} asked for, exit at ${signed(EXIT)}); ${unsignedPercent(desk.invested)} invested, holding.`,
    );
  },
};
