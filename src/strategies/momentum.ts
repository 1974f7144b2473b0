import { Desk } from "./desk.ts";
import { percent, signed, unsignedPercent } from "./number-text.ts";
import type { Choice, Strategy, View } from "./strategy.ts";

const limits = { risk_score: "0.8", max_position_share: "0.8", cash_reserve_share: "0.05", max_trades_per_round: 3 };
const ENTER = 1;
const EXIT = -0.3;
/** A holding is sold for a rival only when the rival's score is higher by this much, because that costs two fees. */
const LEAD = 1;

export const momentum: Strategy = {
  key: "momentum",
  type: "momentum",
  description:
    "Holds the strongest symbols: ranks them by their 24-candle return in units of volatility, buys the two leaders while the 6-candle return agrees, and sells what lost its momentum or fell far behind a leader.",
  limits,
  decide(view: View): Choice {
    const desk = new Desk(view, limits, { hold: 9, wait: 12 });
    const ranked = desk.market
      .map((quoted) => ({ ...quoted, score: quoted.i.return24 / (quoted.unit * Math.sqrt(24)) }))
      .sort((a, b) => b.score - a.score);
    const leader = ranked[0];
    const rising = ranked.filter((quoted) => quoted.score >= ENTER && quoted.i.return6 > 0).slice(0, 2);
    const fresh = rising.find((quoted) => desk.position(quoted) === null && desk.mayBuyAgain(quoted.symbol));

    for (const quoted of ranked) {
      const position = desk.position(quoted);
      if (position === null || !desk.isOldEnough(position)) continue;
      const numbers = `${percent(quoted.i.return24)} over 24 candles (score ${signed(quoted.score)})`;
      if (quoted.score < EXIT) desk.sell(quoted, 0.75, `Momentum of ${quoted.symbol} is gone, ${numbers}`);
      else if (fresh !== undefined && fresh.score - quoted.score > LEAD && !rising.includes(quoted)) {
        desk.sell(quoted, 0.6, `${fresh.symbol} leads with score ${signed(fresh.score)} against ${numbers}`);
      }
    }
    for (const quoted of rising) {
      if (desk.position(quoted) !== null) continue;
      const why = `${quoted.symbol} rose ${percent(quoted.i.return24)} over 24 candles and ${percent(quoted.i.return6)} over 6 (score ${signed(quoted.score)})`;
      desk.buy(quoted, 0.4 + 0.12 * quoted.score, why);
    }
    return desk.choice(
      leader === undefined
        ? ""
        : `Strongest of ${ranked.length} is ${leader.symbol} with ${percent(leader.i.return24)} over 24 candles (score ${signed(leader.score)}, ${signed(ENTER)} asked for); ${unsignedPercent(desk.invested)} invested, holding.`,
    );
  },
};
