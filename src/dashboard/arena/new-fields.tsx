/** The fields of a new tournament, each with its faults beside it. */
import { syntheticSymbols } from "../../markets/synthetic-assets.ts";
import { Card } from "../parts/card.tsx";
import { Checkbox, Field, Select, TextInput } from "../parts/field.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { CandleSourceField } from "./candle-source-field.tsx";
import type { Draft } from "./new-draft.ts";

export interface FieldsProps {
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
  readonly faults: Readonly<Record<string, string[]>>;
}

const markets = [
  { value: "synthetic", label: "Synthetic, live", title: "Runs by the clock on made-up candles" },
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
  ["86400", "1 day"],
].map(([value = "", label = ""]) => ({ value, label }));
/** Candles may have an interval that is not among them. */
const intervalsWith = (value: string) =>
  intervals.some((each) => each.value === value) ? intervals : [...intervals, { value, label: `${value} s` }];
const spans = [
  ["600", "10 minutes"],
  ["3600", "an hour"],
  ["86400", "a day"],
  ["604800", "a week"],
  ["2592000", "30 days"],
].map(([value = "", label = ""]) => ({ value, label }));
const usdt = syntheticSymbols.filter((symbol) => symbol.endsWith("-USDT"));

const SYMBOLS_FAULT = "symbols-fault";

export function MarketFields({ draft, set, faults }: FieldsProps) {
  const tick = (symbol: string, on: boolean) =>
    set({ symbols: on ? [...draft.symbols, symbol] : draft.symbols.filter((each) => each !== symbol) });
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
          <Segmented label="Market" value={draft.market} options={markets} onValue={(market) => set({ market })} />
          <Faults of={faults.market} />
        </div>
        {draft.market === "synthetic" ? (
          <fieldset className="field span" aria-describedby={faults.symbols ? SYMBOLS_FAULT : undefined}>
            <legend>Symbols</legend>
            <div className="checks">
              {usdt.map((symbol) => (
                <Checkbox
                  key={symbol}
                  label={<span className="num">{symbol}</span>}
                  checked={draft.symbols.includes(symbol)}
                  onChecked={(on) => tick(symbol, on)}
                />
              ))}
            </div>
            <Faults of={faults.symbols} id={SYMBOLS_FAULT} />
          </fieldset>
        ) : (
          <div className="span stack">
            <Field
              label="Symbols"
              hint="As they stand in the imported candles. npm run tournament -- --candles DIR imports files."
              faults={faults.symbols}
            >
              {(wiring) => (
                <TextInput {...wiring} mono value={draft.symbolText} onValue={(symbolText) => set({ symbolText })} />
              )}
            </Field>
            <CandleSourceField draft={draft} set={set} faults={faults} />
          </div>
        )}
      </div>
    </Card>
  );
}

export function TimeFields({ draft, set, faults }: FieldsProps) {
  const replay = draft.market === "replay";
  const timed = replay || draft.start === "at";
  return (
    <Card title="Time">
      <div className="form-grid">
        <Field
          label="A round every"
          hint="Agents decide in the first half of it, 150 s at most."
          faults={faults.interval_seconds}
        >
          {(wiring) => (
            <Select
              {...wiring}
              options={intervalsWith(draft.intervalSeconds)}
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
            <Field
              label={replay ? "Its first candle to trade on" : "Start"}
              hint={replay ? "120 candles before it must be there too." : "In your time zone."}
              faults={faults.starts_at}
            >
              {(wiring) => (
                <TextInput
                  {...wiring}
                  mono
                  type="datetime-local"
                  value={draft.startsAt}
                  onValue={(startsAt) => set({ startsAt })}
                />
              )}
            </Field>
            <Field label="End" hint="No round begins at or after it." faults={faults.ends_at}>
              {(wiring) => (
                <TextInput
                  {...wiring}
                  mono
                  type="datetime-local"
                  value={draft.endsAt}
                  onValue={(endsAt) => set({ endsAt })}
                />
              )}
            </Field>
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

export function RuleFields({ draft, set, faults }: FieldsProps) {
  const quote =
    (draft.market === "synthetic" ? draft.symbols[0] : draft.symbolText.split(/[\s,;]+/)[0])?.split("-")[1] ?? "";
  const numbers = [
    { key: "startingCash", label: `Starting cash, ${quote}`, path: "starting_cash", hint: "The same for every entry." },
    { key: "prizePool", label: `Prize pool, ${quote}`, path: "prize_pool", hint: "Shown, not paid." },
    { key: "feeBps", label: "Fee, bps", path: "rules.fee_bps", hint: "Of the notional; 10 is 0.1 %." },
    {
      key: "halfSpreadBps",
      label: "Half spread, bps",
      path: "rules.half_spread_bps",
      hint: "Buys above, sells below the mid.",
    },
    { key: "slippageBps", label: "Slippage, bps", path: "rules.slippage_bps", hint: "On top, against the agent." },
    { key: "minOrder", label: `Smallest order, ${quote}`, path: "rules.min_order", hint: "Anything below is refused." },
    { key: "seed", label: "Seed", path: "rules.seed", hint: "Feeds the synthetic market and the random baseline." },
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
        Risk score, cash reserve, largest position and trades a round are each agent's own limits. All of it is frozen
        with the start.
      </p>
    </Card>
  );
}

interface FaultsProps {
  readonly of: readonly string[] | undefined;
  /** By which what it is about names it. */
  readonly id?: string;
}

/** Where no single control is at fault, the sentence itself takes the focus. */
export function Faults({ of, id }: FaultsProps) {
  if (!of || of.length === 0) return null;
  return (
    <span className="fault" role="alert" id={id} tabIndex={-1}>
      {of.join(" ")}
    </span>
  );
}
