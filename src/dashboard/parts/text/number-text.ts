/** Numbers as the pages show them: the texts of core/text/shown-number.ts with a true minus, and a plus where a change is meant. */
import { plainNumber } from "../../../core/text/json-text.ts";
import { shownMoney, shownPercent, shownPrice, shownQuantity } from "../../../core/text/shown-number.ts";

const MINUS = "−";

function signed(shown: string, plus: boolean): string {
  if (shown.startsWith("-")) return MINUS + shown.slice(1);
  return plus && /[1-9]/.test(shown) && /^\d/.test(shown) ? `+${shown}` : shown;
}

export function moneyText(value: string, places = 2, plus = false): string {
  return signed(shownMoney(value, places), plus);
}

export function priceText(value: string): string {
  return signed(shownPrice(value), false);
}

/** A float of a chart, as a price or an amount. */
export function valueText(value: number): string {
  return priceText(plainNumber(value));
}

export function quantityText(value: string): string {
  return signed(shownQuantity(value), false);
}

export function percentText(ratio: number, plus = false, places = 2): string {
  return `${signed(shownPercent(ratio, places), plus)} %`;
}

export function plainDecimals(value: string): string {
  return value.replace(/^-/, MINUS);
}

/** The colour of a change, by what is shown of it: "0.00 %" has none, however little is behind it. */
export function changeTone(shown: string): "good" | "bad" | "" {
  if (shown.startsWith("+")) return "good";
  return shown.startsWith(MINUS) ? "bad" : "";
}
