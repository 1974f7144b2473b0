/** Figures that say something only from some rounds or trades on. Before, their place says how many there are. */
import { sharpeIsShown, winRateIsShown } from "../../core/enough.ts";
import { Figure, Nothing, Percent } from "../parts/text/numbers.tsx";

interface SharpeProps {
  readonly of: { readonly sharpe: number | null; readonly rounds: number; readonly market_days: number };
}

export function Sharpe({ of }: SharpeProps) {
  if (of.sharpe === null) return <Nothing />;
  if (!sharpeIsShown(of))
    return (
      <TooFew
        title={`Too early for a Sharpe ratio: it needs 30 rounds that cover a day of the market, and there are ${of.rounds}`}
      />
    );
  return (
    <span title={`${of.sharpe}, a year's, from ${of.rounds.toLocaleString("en")} rounds`}>
      <Figure value={of.sharpe} />
    </span>
  );
}

interface WinRateProps {
  readonly of: { readonly win_rate: number | null; readonly closed_trades: number };
}

export function WinRate({ of: { win_rate: rate, closed_trades: closed } }: WinRateProps) {
  if (rate === null) return <Nothing />;
  const won = `${Math.round(rate * closed)} of ${closed}`;
  const title = `${won} closed ${closed === 1 ? "trade" : "trades"} won`;
  if (winRateIsShown(closed)) {
    return (
      <span title={title}>
        <Percent value={rate} />
      </span>
    );
  }
  return (
    <span className="soft num" title={`${title}: too few for a rate`}>
      {won}
    </span>
  );
}

function TooFew({ title }: { readonly title: string }) {
  return (
    <span title={title}>
      <Nothing />
    </span>
  );
}
