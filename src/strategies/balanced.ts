import { Desk, type Quoted } from "./desk.ts";
import { percent, signed, unsignedPercent } from "./number-text.ts";
import type { Choice, Strategy, View } from "./strategy.ts";

const limits = { risk_score: "0.5", max_position_share: "0.35", cash_reserve_share: "0.2", max_trades_per_round: 2 };
/** The share of the total that is invested when all signals are neutral. */
const INVESTED = 0.5;
/** A holding is corrected only when it is further than this from its target (as a share of the neutral slice), to save fees. */
const BAND = 0.6;

export const balanced: Strategy = {
  key: "balanced",
  type: "balanced",
  description:
    "Half in cash, half in equal parts of all symbols, each slice leaning with its signal score (RSI, MACD, EMA12 against EMA26) and its place against SMA50; trades only what strays far from its target.",
  limits,
  decide(view: View): Choice {
    const desk = new Desk(view, limits, { hold: 18, wait: 18 });
    const neutral = INVESTED / Math.max(1, desk.market.length);
    const parts = desk.market
      .map((quoted) => {
        const position = desk.position(quoted);
        const lean = 0.5 * quoted.i.signal + 0.5 * Math.tanh((quoted.price / quoted.i.sma50 - 1) / (3 * quoted.unit));
        const target = neutral * (1 + lean);
        return { ...quoted, position, lean, target, stray: (position?.share ?? 0) - target };
      })
      .sort((a, b) => Math.abs(b.stray) - Math.abs(a.stray));

    for (const slice of parts) {
      const { position, stray } = slice;
      if (position === null || !desk.isOldEnough(position) || stray < BAND * neutral) continue;
      const excess = (position.value * stray) / position.share;
      desk.sell(slice, 0.6, `${told(slice)} is over its target`, slice.target < 0.2 * neutral ? undefined : excess);
    }
    for (const slice of parts) {
      if (slice.stray > -BAND * neutral || slice.lean < 0) continue;
      const total = slice.position === null ? undefined : slice.position.value / slice.position.share;
      const missing = total === undefined ? 0 : -slice.stray * total;
      const confidence = Math.min(0.9, -slice.stray / Number(desk.limits.risk_score));
      desk.buy(slice, confidence, `${told(slice)} is under its target`, total === undefined ? undefined : missing);
    }
    const most = parts[0];
    return desk.choice(
      most === undefined
        ? ""
        : `Farthest from balance: ${told(most)}, a stray of ${percent(most.stray)} against the band of ${unsignedPercent(BAND * neutral)}; ${unsignedPercent(desk.invested)} invested, holding.`,
    );
  },
};

function told(slice: Quoted & { readonly target: number; readonly stray: number }): string {
  return `${slice.symbol} at ${unsignedPercent(slice.target + slice.stray)} against ${unsignedPercent(slice.target)} (signal ${signed(slice.i.signal)})`;
}
