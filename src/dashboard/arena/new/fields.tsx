/** The fields of a new tournament, each with its faults beside it. */
import { clockText, marketClock } from "../../../core/market-clock.ts";
import { isVenueName, venueNames, venueTitles } from "../../../core/venue-names.ts";
import { venueIntervals } from "../../../core/venue-rules.ts";
import { syntheticSymbols } from "../../../markets/synthetic-assets.ts";
import type { CandleSource } from "../../api/answers.ts";
import { Card } from "../../parts/card.tsx";
import { Field, Select, TextInput } from "../../parts/field.tsx";
import { Segmented } from "../../parts/segmented.tsx";
import { type AskedCandles, ReplayFields } from "./candles.tsx";
import { type Draft, draftOn, firstCandles, symbolsOf } from "./draft.ts";
import { LocalTimeField } from "./local-time-field.tsx";
import { Faults, SymbolChecks } from "./symbols.tsx";
import { VenueFields } from "./venue.tsx";

export interface FieldsProps {
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
  readonly faults: Readonly<Record<string, string[]>>;
  /** The viewer's time zone. */
  readonly zone: string;
}

const markets = [
  { value: "synthetic", label: "Synthetic, live", title: "Runs by the clock on made-up candles" },
  ...venueNames.map((value) => ({
    value,
    label: venueTitles[value],
    title: "Runs by the clock on the venue's own prices",
  })),
  { value: "replay", label: "Replay", title: "Runs on imported candles, as fast as it can" },
] as const;
const intervals = [
  ["5", "5 s"],
  ["10", "10 s"],
  ["30", "30 s"],
  ["60", "1 min"],
  ["300", "5 min"],
  ["900", "15 min"],
  ["3600", "1 h"],
  ["14400", "4 h"],
  ["86400", "1 day"],
].map(([value = "", label = ""]) => ({ value, label }));
const spans = [
  ["600", "10 minutes"],
  ["3600", "an hour"],
  ["86400", "a day"],
  ["604800", "a week"],
  ["2592000", "30 days"],
].map(([value = "", label = ""]) => ({ value, label }));
const usdt = syntheticSymbols.filter((symbol) => symbol.endsWith("-USDT"));

/** On stored candles each interval is a multiple of the candles' own. */
function intervalsOn(candles: CandleSource | undefined, market: Draft["market"]): typeof intervals {
  if (isVenueName(market)) return intervals.filter(({ value }) => venueIntervals.includes(Number(value)));
  if (!candles) return intervals;
  const own = String(candles.interval_seconds);
  const others = intervals.filter(({ value }) => value !== own && Number(value) % candles.interval_seconds === 0);
  return [intervals.find(({ value }) => value === own) ?? { value: own, label: `${own} s` }, ...others];
}

interface MarketProps extends FieldsProps {
  readonly candles: AskedCandles;
}

export function MarketFields({ draft, set, faults, zone, candles }: MarketProps) {
  const onMarket = (market: Draft["market"]) => {
    const known = intervalsOn(undefined, market).some(({ value }) => value === draft.intervalSeconds);
    const source = draft.candleSource === "" && market === "replay" ? firstCandles(candles.data ?? []) : undefined;
    set({
      market,
      // Each venue has symbols of its own.
      ...(market === draft.market ? {} : { venueSymbols: [], fallbacks: [] }),
      ...(known || market === "replay" ? {} : { intervalSeconds: "60" }),
      ...(source ? draftOn(source, zone) : {}),
    });
  };
  return (
    <Card title="Market">
      <div className="form-grid">
        <Field label="Name" faults={faults.name}>
          {(wiring) => (
            <TextInput
              {...wiring}
              name="name"
              required
              value={draft.name}
              onValue={(name) => set({ name })}
              placeholder="Spring cup"
            />
          )}
        </Field>
        <div className="field">
          <span className="label">Market</span>
          <Segmented label="Market" value={draft.market} options={markets} onValue={onMarket} />
          <Faults of={faults.market} />
        </div>
        {isVenueName(draft.market) ? (
          <VenueFields draft={draft} venue={draft.market} set={set} faults={faults} />
        ) : draft.market === "synthetic" ? (
          <SymbolChecks
            all={usdt}
            chosen={draft.symbols}
            onChosen={(symbols) => set({ symbols })}
            faults={faults.symbols}
          />
        ) : (
          <ReplayFields draft={draft} set={set} faults={faults} zone={zone} candles={candles} />
        )}
      </div>
    </Card>
  );
}

interface TimeProps extends FieldsProps {
  /** The candles of a replay. */
  readonly candles: CandleSource | undefined;
}

export function TimeFields({ draft, set, faults, zone, candles }: TimeProps) {
  const replay = draft.market === "replay";
  const timed = replay || draft.start === "at";
  const stored = replay ? (candles?.market_clock ?? 1) : 1;
  const clock = clockText(draft.market === "synthetic" ? marketClock(Number(draft.intervalSeconds)) : stored);
  return (
    <Card title="Time">
      <div className="form-grid">
        <Field
          label="A round every"
          hint={`Agents decide in the first half of the interval, within 150 s at most.${clock === null ? "" : ` Market clock: ${clock}.`}`}
          faults={faults.interval_seconds}
        >
          {(wiring) => (
            <Select
              {...wiring}
              options={intervalsOn(replay ? candles : undefined, draft.market)}
              value={draft.intervalSeconds}
              onValue={(intervalSeconds) => set({ intervalSeconds })}
            />
          )}
        </Field>
        {replay ? null : (
          <Field label="Starts">
            {(wiring) => (
              <Select
                {...wiring}
                options={[
                  { value: "now", label: "as soon as it is made" },
                  { value: "at", label: "at a time" },
                ]}
                value={draft.start}
                onValue={(start) => set({ start: start === "at" ? "at" : "now" })}
              />
            )}
          </Field>
        )}
        {timed ? (
          <>
            <LocalTimeField
              label={replay ? "First candle to trade on" : "Start"}
              {...(replay ? { hint: "The 120 candles before it must be stored too." } : {})}
              zone={zone}
              value={draft.startsAt}
              onValue={(startsAt) => set({ startsAt })}
              faults={faults.starts_at}
            />
            <LocalTimeField
              label="End"
              hint="No round begins at or after this time."
              zone={zone}
              value={draft.endsAt}
              onValue={(endsAt) => set({ endsAt })}
              faults={faults.ends_at}
            />
          </>
        ) : (
          <Field label="Lasts" faults={[...(faults.starts_at ?? []), ...(faults.ends_at ?? [])]}>
            {(wiring) => <Select {...wiring} options={spans} value={draft.lasts} onValue={(lasts) => set({ lasts })} />}
          </Field>
        )}
      </div>
    </Card>
  );
}

export function RuleFields({ draft, set, faults }: Omit<FieldsProps, "zone">) {
  const quote = symbolsOf(draft)[0]?.split("-")[1] ?? "";
  const onVenue = isVenueName(draft.market);
  const numbers = [
    { key: "startingCash", label: `Starting cash, ${quote}`, path: "starting_cash", hint: "The same for every entry." },
    { key: "prizePool", label: `Prize pool, ${quote}`, path: "prize_pool", hint: "Shown, not paid." },
    { key: "feeBps", label: "Fee, bps", path: "rules.fee_bps", hint: "Of the notional; 10 is 0.1 %." },
    {
      key: "halfSpreadBps",
      label: "Half spread, bps",
      path: "rules.half_spread_bps",
      hint: onVenue ? "Not used: a venue's book has its own spread." : "Buys above, sells below the mid.",
    },
    { key: "slippageBps", label: "Slippage, bps", path: "rules.slippage_bps", hint: "On top, against the agent." },
    { key: "minOrder", label: `Smallest order, ${quote}`, path: "rules.min_order", hint: "Anything below is refused." },
    { key: "seed", label: "Seed", path: "rules.seed", hint: "Feeds the random baseline, and a synthetic market." },
  ] as const;
  return (
    <Card title="Fees and limits">
      <div className="form-grid">
        {numbers.map(({ key, label, path, hint }) => (
          <Field key={key} label={label} hint={hint} faults={faults[path]}>
            {(wiring) => (
              <TextInput
                {...wiring}
                mono
                inputMode={key === "seed" ? "text" : "decimal"}
                value={draft[key]}
                onValue={(value) => set({ [key]: value })}
              />
            )}
          </Field>
        ))}
      </div>
      <p className="soft small prose form-note">
        Risk score, cash reserve, largest position and trades a round are each agent's own limits. Everything is frozen
        with the start.
      </p>
    </Card>
  );
}
