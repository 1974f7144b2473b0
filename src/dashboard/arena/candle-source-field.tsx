/** Which imported candles a replay runs on. */
import { useQuery } from "@tanstack/react-query";
import { answered, api, within } from "../api/client.ts";
import { Field, Select } from "../parts/field.tsx";
import { exactText } from "../parts/time-text.ts";
import { draftOf } from "./new-draft.ts";
import type { FieldsProps } from "./new-fields.tsx";

export function CandleSourceField({ draft, set, faults }: FieldsProps) {
  const { data, error } = useQuery({
    queryKey: ["candle-sources"],
    queryFn: ({ signal }) => answered(api["candle-sources"].$get({ query: { limit: "100" } }, within(signal))),
    staleTime: 0,
  });
  const sources = data?.items ?? [];
  const chosen = sources.find(({ id }) => id === draft.candleSource);
  const hint = error
    ? "The imported candles did not load: one is found by the symbols."
    : data && sources.length === 0
      ? "None are imported yet. npm run tournament -- --candles DIR imports files."
      : chosen
        ? `From ${exactText(chosen.first_open_at)} to ${exactText(chosen.last_open_at)}`
        : "The newest import that has all of the symbols.";
  return (
    <Field label="Candle source" hint={hint} faults={faults["rules.candle_source"]}>
      {(wiring) => (
        <Select
          {...wiring}
          value={draft.candleSource}
          onValue={(id) => {
            const source = sources.find((each) => each.id === id);
            set(source ? draftOf(source) : { candleSource: "" });
          }}
          options={[
            { value: "", label: "found by the symbols" },
            ...sources.map(({ id, name, symbols, interval_seconds }) => ({
              value: id,
              label: `${name}: ${symbols.length} symbols, ${interval_seconds} s`,
            })),
          ]}
        />
      )}
    </Field>
  );
}
