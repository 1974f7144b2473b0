/** The rules, and the hash of the frozen rules. */
import { clockText } from "../../core/market-clock.ts";
import { isVenueName } from "../../core/venue-names.ts";
import type { Tournament } from "../api/answers.ts";
import { CopyId } from "../parts/copy/copy-id.tsx";
import { Money } from "../parts/text/numbers.tsx";
import { DateTime } from "../parts/text/time.tsx";
import { hasOpenEnd, intervalText, marketWords, quoteOf } from "./words.ts";

export function RulesTab({ tournament }: { readonly tournament: Tournament }) {
  const {
    rules,
    rules_hash,
    symbols,
    starting_cash,
    interval_seconds,
    market_clock,
    market_commitment,
    market_opening,
    starts_at,
    ends_at,
    market,
    prize_pool,
    candle_source,
    rounds,
  } = tournament;
  const quote = quoteOf(symbols);
  const frozen = tournament.status !== "upcoming";
  const rows: readonly (readonly [string, React.ReactNode])[] = [
    ["Market", marketWords(market)],
    ...(rules.venues ? [["Venues, in the order in which they are asked", String(rules.venues)] as const] : []),
    ...(market === "replay" && candle_source ? [["Candle source", candle_source] as const] : []),
    ["Symbols", symbols.join(", ")],
    ["A round every", intervalText(interval_seconds)],
    ["Market clock", clockText(market_clock) ?? "real time"],
    ["From", <DateTime key="from" at={starts_at} everySeconds={interval_seconds} />],
    ["To", hasOpenEnd(rounds) ? "open end" : <DateTime key="to" at={ends_at} everySeconds={interval_seconds} />],
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
    ["Half spread", isVenueName(market) ? "the venue's own" : `${rules.half_spread_bps} bps`],
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
        {market_commitment === null ? null : (
          <div>
            <dt>Commitment</dt>
            <dd>
              <CopyId id={market_commitment} what="the commitment to the market" shown={16} />
            </dd>
          </div>
        )}
        {market_opening === null ? null : (
          <div>
            <dt>Its key</dt>
            <dd>
              <CopyId id={market_opening.key} what="the market's key" shown={16} />
            </dd>
          </div>
        )}
      </dl>
      {market_commitment === null ? null : (
        <p className="soft small prose">
          {market_opening === null
            ? "The prices are drawn with a secret key. The commitment fixes the key now; the key is shown at the end."
            : "Key and seed are public now: with them anyone can draw all candles again and check the commitment."}
        </p>
      )}
      <p className="soft small prose">
        {frozen
          ? "Frozen since the start: nobody can change the rules, and the hash identifies them."
          : "The rules can still change. The start freezes them, and the hash identifies them."}{" "}
        Agents decide on closed candles. Their orders fill at prices that are quoted only after the round has closed.
        Every rounding goes against the agent. Rank is by equity. Ties share a rank; baselines have none.
      </p>
    </div>
  );
}
