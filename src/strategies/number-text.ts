/** Formats numbers for the reasoning of strategies. */
import { plainNumber } from "../core/text/json-text.ts";
import { shownPrice } from "../core/text/shown-number.ts";

/** A price or an amount of quote currency, formatted as on the pages: "104,512.30", "2.14", "0.19231". */
export function price(value: number): string {
  return Number.isFinite(value) ? shownPrice(plainNumber(value)) : "n/a";
}

/** A share with its sign: 0.0123 → "+1.23 %". */
export function percent(share: number): string {
  return `${signed(share * 100)} %`;
}

/** A share without a sign: 0.0123 → "1.23 %". */
export function unsignedPercent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

/** A difference of prices with its sign: "+33.66", "-0.00013653". */
export function difference(value: number): string {
  return `${value < 0 ? "" : "+"}${price(value)}`;
}

/** A number with its sign and two places: "+0.53", "-1.20". */
export function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(2)}`;
}

/** A number with one place, such as an RSI: "64.3". */
export function oneDecimal(value: number): string {
  return value.toFixed(1);
}
