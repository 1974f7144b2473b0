/** Chooses which of a market's symbols are traded, and shows faults that belong to several controls. */
import { Checkbox } from "../../parts/field.tsx";

interface SymbolProps {
  readonly all: readonly string[];
  readonly chosen: readonly string[];
  readonly onChosen: (symbols: readonly string[]) => void;
  readonly faults: readonly string[] | undefined;
}

const SYMBOLS_FAULT = "symbols-fault";

export function SymbolChecks({ all, chosen, onChosen, faults }: SymbolProps) {
  return (
    <fieldset className="field span" aria-describedby={faults ? SYMBOLS_FAULT : undefined}>
      <legend>Symbols</legend>
      <div className="checks">
        {all.map((symbol) => (
          <Checkbox
            key={symbol}
            label={<span className="num">{symbol}</span>}
            checked={chosen.includes(symbol)}
            onChecked={(on) => onChosen(on ? [...chosen, symbol] : chosen.filter((each) => each !== symbol))}
          />
        ))}
      </div>
      <Faults of={faults} id={SYMBOLS_FAULT} />
    </fieldset>
  );
}

interface FaultsProps {
  readonly of: readonly string[] | undefined;
  /** The id by which the controls refer to the sentence. */
  readonly id?: string;
}

/** The fault belongs to no single control, so the sentence itself takes the focus. */
export function Faults({ of, id }: FaultsProps) {
  if (!of || of.length === 0) return null;
  return (
    <span className="fault" role="alert" id={id} tabIndex={-1}>
      {of.join(" ")}
    </span>
  );
}
