/** The limits of an agent as sliders, which begin at its strategy's own. */
import type { Limits } from "../../../../core/rules.ts";
import { Button } from "../../../parts/button.tsx";
import { Card } from "../../../parts/card.tsx";
import { Field, Slider } from "../../../parts/field.tsx";
import { percentText } from "../../../parts/text/number-text.ts";
import type { Draft, LimitKey } from "./draft.ts";

/** What each limit is called, and what it does. */
export const limitWords: Readonly<Record<LimitKey, { readonly name: string; readonly what: string }>> = {
  risk_score: { name: "Risk", what: "A single buy is at most this share of the total value." },
  max_position_share: {
    name: "Largest position",
    what: "After a buy, one asset is at most this share of the total value.",
  },
  cash_reserve_share: {
    name: "Cash reserve",
    what: "After a buy, at least this share of the total value stays in cash.",
  },
  max_trades_per_round: { name: "Trades a round", what: "It places at most so many orders in a round." },
};
export const limitKeys = ["risk_score", "max_position_share", "cash_reserve_share", "max_trades_per_round"] as const;

export function limitText(key: LimitKey, value: string | number): string {
  return key === "max_trades_per_round" ? String(value) : percentText(Number(value), false, 0);
}

/** The slider ends here. An agent that was made by the API may have more. */
const TRADES_SHOWN = 10;

interface LimitProps {
  readonly draft: Draft;
  /** The strategy's own. */
  readonly defaults: Limits;
  readonly onLimits: (limits: Draft["limits"]) => void;
  readonly faults: Readonly<Record<string, string[]>>;
}

export function LimitSliders({ draft, defaults, onLimits, faults }: LimitProps) {
  const changed = Object.keys(draft.limits).length > 0;
  const set = (key: LimitKey, value: string) => {
    const { [key]: _, ...others } = draft.limits;
    onLimits(Number(value) === Number(defaults[key]) ? others : { ...others, [key]: value });
  };
  return (
    <Card
      title="Limits"
      actions={
        <Button tiny disabled={!changed} onClick={() => onLimits({})}>
          Back to the strategy's own
        </Button>
      }
    >
      <div className="form-grid">
        {limitKeys.map((key) => {
          const value = draft.limits[key] ?? String(defaults[key]);
          const counts = key === "max_trades_per_round";
          const most = counts ? Math.max(TRADES_SHOWN, Number(value)) : 1;
          return (
            <Field
              key={key}
              label={limitWords[key].name}
              hint={`${limitWords[key].what} The strategy's own is ${limitText(key, defaults[key])}.`}
              faults={faults[`config.limits.${key}`]}
            >
              {(wiring) => (
                <Slider
                  {...wiring}
                  min={0}
                  max={most}
                  step={counts ? 1 : 0.01}
                  value={value}
                  shown={limitText(key, value)}
                  onValue={(next) => set(key, next)}
                />
              )}
            </Field>
          );
        })}
      </div>
      <p className="soft small prose form-note">
        An order beyond a limit is refused, with a code that the decision shows. An entry keeps the limits that it
        joined with.
      </p>
    </Card>
  );
}
