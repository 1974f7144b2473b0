/** Chooses the candles that a replay runs on: one of the stored sources, and which of its symbols. */
import type { CandleSource } from "../../api/answers.ts";
import { Field, Select } from "../../parts/field.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { type Draft, draftOn } from "./draft.ts";
import { Faults, SymbolChecks } from "./symbols.tsx";

export interface AskedCandles {
  readonly data: readonly CandleSource[] | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

interface ReplayProps {
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
  readonly zone: string;
  readonly faults: Readonly<Record<string, string[]>>;
  readonly candles: AskedCandles;
}

export function ReplayFields({ draft, set, faults, zone, candles }: ReplayProps) {
  return (
    <div className="span stack">
      <Loaded from={candles} what="The stored candles did not load." bones={2}>
        {(sources) => {
          if (sources.length === 0) {
            return (
              <>
                <EmptyState title="No candles are stored yet">
                  <code>npm run tournament -- --candles DIR</code> imports a folder of candle files; a synthetic
                  tournament stores the candles that it makes.
                </EmptyState>
                <Faults of={[...(faults["rules.candle_source"] ?? []), ...(faults.symbols ?? [])]} />
              </>
            );
          }
          const chosen = sources.find(({ id }) => id === draft.candleSource);
          return (
            <>
              <Field
                label="Candle source"
                hint={
                  chosen
                    ? `${chosen.id}: candles of ${chosen.interval_seconds} s, ${stamp(chosen.first_open_at)} to ${stamp(chosen.last_open_at)}.`
                    : "The candles set symbols, interval and times."
                }
                faults={faults["rules.candle_source"]}
              >
                {(wiring) => (
                  <Select
                    {...wiring}
                    options={[
                      ...(chosen ? [] : [{ value: "", label: "Choose the candles" }]),
                      ...sources.map((source) => ({ value: source.id, label: nameOf(source) })),
                    ]}
                    value={chosen?.id ?? ""}
                    onValue={(id) => {
                      const source = sources.find((each) => each.id === id);
                      if (source) set(draftOn(source, zone));
                    }}
                  />
                )}
              </Field>
              {chosen ? (
                <SymbolChecks
                  all={chosen.symbols}
                  chosen={draft.replaySymbols}
                  onChosen={(replaySymbols) => set({ replaySymbols })}
                  faults={faults.symbols}
                />
              ) : (
                <Faults of={faults.symbols} />
              )}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function nameOf({ name, kind, id, first_open_at, last_open_at }: CandleSource): string {
  const days = [...new Set([first_open_at.slice(0, 10), last_open_at.slice(0, 10)])].join(" to ");
  return `${kind === "files" ? "Imported" : "Made"}: ${name}, ${days} (…${id.slice(-8)})`;
}

/** "2025-01-01 00:00 UTC" */
function stamp(time: string): string {
  return `${time.slice(0, 16).replace("T", " ")} UTC`;
}
