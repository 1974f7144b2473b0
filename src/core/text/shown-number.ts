/**
 * Formats numbers for readers: in the texts of strategies, on the command line and on the pages. It works on decimal strings,
 * digit by digit. Prices, amounts and quantities are cut towards zero, as the rules round what an agent receives.
 */
import { plainNumber } from "./json-text.ts";

const PRICE_PLACES = 2;
const PRICE_DIGITS = 5;
const CHARS_MAX = 400;

interface Parts {
  readonly negative: boolean;
  /** Without leading zeros; empty below 1. */
  readonly whole: string;
  readonly fraction: string;
}

function partsOf(text: string): Parts | null {
  const match = text.length > CHARS_MAX ? null : /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return null;
  const [, sign = "", digits = "", fraction = ""] = match;
  let from = 0;
  while (digits[from] === "0") from++;
  return { negative: sign === "-", whole: digits.slice(from), fraction };
}

/** "1234567" → "1,234,567". */
function grouped(whole: string): string {
  const groups: string[] = [];
  for (let end = whole.length; end > 0; end -= 3) groups.unshift(whole.slice(Math.max(0, end - 3), end));
  return groups.length === 0 ? "0" : groups.join(",");
}

/** Cuts towards zero to `places` places and leaves out zeros at the end, but for the first `least` places. Zero has no sign. */
function cut({ negative, whole, fraction }: Parts, places: number, least = places): string {
  const kept = fraction.slice(0, places);
  let end = kept.length;
  while (end > least && kept[end - 1] === "0") end--;
  const shown = kept.slice(0, end).padEnd(least, "0");
  const text = `${grouped(whole)}${shown === "" ? "" : `.${shown}`}`;
  return negative && /[1-9]/.test(text) ? `-${text}` : text;
}

/** From 1 upward two places, "104,116.20"; below 1 five digits that count, "0.0000012956". Other text stays as it is. */
export function shownPrice(value: string): string {
  const parts = partsOf(value);
  if (parts === null) return value;
  if (parts.whole !== "") return cut(parts, PRICE_PLACES);
  let zeros = 0;
  while (parts.fraction[zeros] === "0") zeros++;
  return zeros === parts.fraction.length ? cut(parts, PRICE_PLACES) : cut(parts, zeros + PRICE_DIGITS);
}

/** An amount of money: "1,234.50". */
export function shownMoney(value: string, places = PRICE_PLACES): string {
  const parts = partsOf(value);
  return parts === null ? value : cut(parts, places);
}

/** A quantity: the larger, the fewer places, and without zeros at the end. */
export function shownQuantity(value: string): string {
  const parts = partsOf(value);
  if (parts === null) return value;
  return cut(parts, parts.whole.length > 3 ? 2 : parts.whole !== "" ? 4 : 8, 0);
}

/** A ratio in per cent, without the sign %: 0.01234 → "1.23". Rounded to the nearest, half away from zero. */
export function shownPercent(ratio: string | number, places = 2): string {
  const parts = partsOf(typeof ratio === "number" ? plainNumber(ratio) : ratio);
  if (parts === null) return String(ratio);
  const digits = parts.fraction.padEnd(places + 3, "0");
  const scaled = BigInt(`${parts.whole}${digits.slice(0, places + 2)}`);
  const rounded = String(scaled + ((digits[places + 2] ?? "0") >= "5" ? 1n : 0n)).padStart(places + 1, "0");
  const at = rounded.length - places;
  return cut({ ...parts, whole: rounded.slice(0, at).replace(/^0$/, ""), fraction: rounded.slice(at) }, places);
}
