/** The rules, and the hash that froze them. */
import type { Tournament } from "../api/answers.ts";
import { CopyId } from "../parts/copy-id.tsx";
import { Money } from "../parts/numbers.tsx";
import { DateTime } from "../parts/time.tsx";
import { intervalText, quoteOf } from "./words.ts";

export function RulesTab({ tournament }: { readonly tournament: Tournament }) {
  const {
    rules,
    rules_hash,
    symbols,
    starting_cash,
    interval_seconds,
    starts_at,
    ends_at,
    market,
    prize_pool,
    candle_source,
  } = tournament;
  const quote = quoteOf(symbols);
  const frozen = tournament.status !== "upcoming";
  const rows: readonly (readonly [string, React.ReactNode])[] = [
    ["Market", market === "synthetic" ? "synthetic, by the clock" : "stored candles, replayed"],
    ...(market === "replay" && candle_source ? [["Candle source", candle_source] as const] : []),
    ["Symbols", symbols.join(", ")],
    ["A round every", intervalText(interval_seconds)],
    ["From", <DateTime key="from" at={starts_at} />],
    ["To", <DateTime key="to" at={ends_at} />],
    [
      "Starting cash",
      <span key="cash">
        <Money value={starting_cash} /> {quote}
      </span>,
    ],
    [
      "Prize pool",
      <span key="prize">
        <Money value={prize_pool} /> {quote}
      </span>,
    ],
    ["Fee", `${rules.fee_bps} bps of the notional`],
    ["Half spread", `${rules.half_spread_bps} bps`],
    ["Slippage", `${rules.slippage_bps} bps`],
    ["Smallest order", `${rules.min_order} ${quote}`],
    ...("seed" in rules && typeof rules.seed === "string" ? [["Seed", rules.seed] as const] : []),
  ];
  return (
    <div className="rules">
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>Hash</dt>
          <dd>
            <CopyId id={rules_hash} what="the rules' hash" shown={16} />
          </dd>
        </div>
      </dl>
      <p className="soft small prose">
        {frozen
          ? "Frozen since the start: nobody can change them any more, and the hash says which they are."
          : "They can still change; with the start they are frozen, and the hash says which they were."}{" "}
        Agents decide on candles that have closed; their orders fill at prices that are quoted only after the round has
        closed. Every rounding goes against the agent. Rank is by equity, ties share it, baselines have none.
      </p>
    </div>
  );
}
