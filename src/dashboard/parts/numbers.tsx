/** Money, shares and quantities as they are read: monospaced, aligned by their column, signs where a change is meant. */
import { changeTone, moneyText, percentText, plainDecimals, quantityText } from "./number-text.ts";

interface MoneyProps {
  /** A decimal string, exactly as the API gives it. */
  readonly value: string | null;
  readonly places?: number;
  /** With + or −, and coloured by it. */
  readonly change?: boolean;
}

export function Money({ value, places = 2, change }: MoneyProps) {
  if (value === null) return <Nothing />;
  const tone = change ? changeTone(value) : "";
  return (
    <span className={`num ${tone}`} title={plainDecimals(value)}>
      {moneyText(value, places, change)}
    </span>
  );
}

/** `value` is a ratio: 0.05 shows as 5.00 %. */
export function Percent({ value, change }: { readonly value: number | null; readonly change?: boolean }) {
  if (value === null) return <Nothing />;
  return <span className={`num ${change ? changeTone(String(value)) : ""}`}>{percentText(value, change)}</span>;
}

export function Quantity({ value }: { readonly value: string | null }) {
  if (value === null) return <Nothing />;
  return (
    <span className="num" title={plainDecimals(value)}>
      {quantityText(value)}
    </span>
  );
}

export function Count({ value }: { readonly value: number | null }) {
  return value === null ? <Nothing /> : <span className="num">{value.toLocaleString("en")}</span>;
}

/** A plain figure such as a Sharpe ratio. */
export function Figure({ value, places = 2 }: { readonly value: number | null; readonly places?: number }) {
  if (value === null) return <Nothing />;
  const shown = Math.abs(value) >= 100 ? 0 : places;
  return <span className="num">{value.toFixed(shown).replace("-", "−")}</span>;
}

export function Nothing() {
  return (
    <span className="num soft">
      <span aria-hidden="true">–</span>
      <span className="hidden-text">none</span>
    </span>
  );
}
