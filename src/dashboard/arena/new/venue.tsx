/** The fields of a live venue: how it does, its symbols with a search, and which venues are asked after it. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type VenueName, venueNames, venueTitles } from "../../../core/venue-names.ts";
import { answered, api, within } from "../../api/client.ts";
import { Checkbox, Field, TextInput } from "../../parts/field.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import type { Draft } from "./draft.ts";
import { Faults, SymbolChecks } from "./symbols.tsx";

const SHOWN = 24;

interface VenueProps {
  readonly draft: Draft;
  readonly venue: VenueName;
  readonly set: (change: Partial<Draft>) => void;
  readonly faults: Readonly<Record<string, string[]>>;
}

export function VenueFields({ draft, venue, set, faults }: VenueProps) {
  const [search, setSearch] = useState("");
  const q = search.trim();
  const symbols = useQuery({
    queryKey: ["markets", venue, "symbols", q],
    queryFn: ({ signal }) =>
      answered(
        api.markets[":market"].symbols.$get(
          { param: { market: venue }, query: { limit: String(SHOWN), ...(q === "" ? {} : { q }) } },
          within(signal),
        ),
      ),
    placeholderData: (before) => before,
  });
  const chosen = draft.venueSymbols;
  return (
    <div className="span stack">
      <VenueLine venue={venue} />
      <Field label="Search its symbols" hint="Such as BTC or BTC-USD. The first matches are shown.">
        {(wiring) => <TextInput {...wiring} mono value={search} onValue={setSearch} placeholder="BTC-USD" />}
      </Field>
      <Loaded from={symbols} what={`The symbols of ${venueTitles[venue]} did not load.`} bones={2}>
        {({ items }) => {
          const found = items.filter(({ tradable }) => tradable).map(({ symbol }) => symbol);
          const all = [...chosen, ...found.filter((symbol) => !chosen.includes(symbol))];
          return (
            <SymbolChecks
              all={all}
              chosen={chosen}
              onChosen={(venueSymbols) => set({ venueSymbols })}
              faults={faults.symbols}
            />
          );
        }}
      </Loaded>
      <fieldset className="field">
        <legend>Asked next, where it gives no price that can be believed</legend>
        <div className="checks">
          {venueNames
            .filter((name) => name !== venue)
            .map((name) => (
              <Checkbox
                key={name}
                label={venueTitles[name]}
                checked={draft.fallbacks.includes(name)}
                onChecked={(on) =>
                  set({ fallbacks: on ? [...draft.fallbacks, name] : draft.fallbacks.filter((each) => each !== name) })
                }
              />
            ))}
        </div>
        <Faults of={faults["rules.venues"]} />
      </fieldset>
    </div>
  );
}

/** "Kraken answers; its newest candle closed 42 s ago; 2 faults in the last hour." */
function VenueLine({ venue }: { readonly venue: VenueName }) {
  const markets = useQuery({
    queryKey: ["markets"],
    queryFn: ({ signal }) => answered(api.markets.$get({ query: {} }, within(signal))),
  });
  const row = markets.data?.items.find(({ market }) => market === venue);
  if (!row) return null;
  const words = { ok: "answers", waiting: "asks to wait", failing: "does not answer", unused: "was not asked yet" };
  const age = row.last_candle_age_seconds;
  return (
    <p className="soft small">
      {row.title} {words[row.status]}
      {age === null ? "" : `; its newest candle closed ${Math.round(age)} s ago`}
      {row.faults_last_hour === 0 ? "" : `; ${row.faults_last_hour} faults in the last hour`}.
    </p>
  );
}
