/** Chooses the strategy of an agent: every one with what it does. */
import type { StrategyItem } from "../../../api/answers.ts";
import { Card } from "../../../parts/card.tsx";
import { Faults } from "../../new/symbols.tsx";
import { plain } from "../../words.ts";

interface PickerProps {
  readonly strategies: readonly StrategyItem[];
  /** The key of the chosen one; empty for none. */
  readonly chosen: string;
  readonly onChosen: (strategy: string) => void;
  readonly faults: readonly string[] | undefined;
}

const STRATEGY_FAULT = "strategy-fault";

export function StrategyPicker({ strategies, chosen, onChosen, faults }: PickerProps) {
  const groups = [
    { legend: "Strategies", of: strategies.filter(({ limits }) => limits !== null) },
    { legend: "Baselines, to compare with: they have no rank", of: strategies.filter(({ limits }) => limits === null) },
  ];
  return (
    <Card title="Strategy">
      <div className="stack">
        <Faults of={faults} id={STRATEGY_FAULT} />
        {groups.map(({ legend, of }) => (
          <fieldset key={legend} className="field" aria-describedby={faults ? STRATEGY_FAULT : undefined}>
            <legend>{legend}</legend>
            <div className="picks">
              {of.map(({ strategy, description }) => (
                <label key={strategy} className={strategy === chosen ? "pick on" : "pick"}>
                  <input
                    type="radio"
                    name="strategy"
                    value={strategy}
                    checked={strategy === chosen}
                    onChange={() => onChosen(strategy)}
                  />
                  <span>
                    <strong>{plain(strategy)}</strong>
                    <span className="soft small">{description}</span>
                  </span>
                </label>
              ))}
            </div>
          </fieldset>
        ))}
      </div>
    </Card>
  );
}
