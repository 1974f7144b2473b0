/** Money, shares and quantities: monospaced, with a sign where the number is a change. */
import { changeTone, moneyText, percentText, plainDecimals, priceText, quantityText } from "./number-text.ts";

interface MoneyProps {
  /** A decimal string, exactly as the API gives it. */
  readonly value: string | null;
  readonly places?: number;
  /** Shows + or − and the colour of the sign. */
  readonly change?: boolean;
}

export function Money({ value, places = 2, change }: MoneyProps) {
  if (value === null) return <Nothing />;
  const shown = moneyText(value, places, change);
  return (
    <span className={`num ${change ? changeTone(shown) : ""}`} title={plainDecimals(value)}>
      {shown}
    </span>
  );
}

/** `value` is a ratio: 0.05 shows as 5.00 %. */
export function Percent({ value, change }: { readonly value: number | null; readonly change?: boolean }) {
  if (value === null) return <Nothing />;
  const shown = percentText(value, change);
  return (
    <span className={`num ${change ? changeTone(shown) : ""}`} title={percentText(value, change, 6)}>
      {shown}
    </span>
  );
}

export function Price({ value }: { readonly value: string | null }) {
  if (value === null) return <Nothing />;
  return (
    <span className="num" title={plainDecimals(value)}>
      {priceText(value)}
    </span>
  );
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
