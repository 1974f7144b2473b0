/** Numbers as text. Decimal strings stay strings: Intl formats their digits as they are, with no float between. */
const MINUS = "−";

function isNumeric(text: string): text is `${number}` {
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text);
}

const formats = new Map<string, Intl.NumberFormat>();

function format(least: number, most: number): Intl.NumberFormat {
  const key = `${least} ${most}`;
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat("en", { minimumFractionDigits: least, maximumFractionDigits: most });
  formats.set(key, made);
  return made;
}

function text(value: string, least: number, most: number, signed: boolean): string {
  if (!isNumeric(value)) return value;
  const digits = format(least, most).format(value);
  const bare = digits.replace(/^-/, "");
  // What rounds to nothing has no sign.
  if (!/[1-9]/.test(bare)) return bare;
  return `${digits.startsWith("-") ? MINUS : signed ? "+" : ""}${bare}`;
}

export function moneyText(value: string, places = 2, signed = false): string {
  return text(value, places, places, signed);
}

/** Prices of cents and of thousands alike: about six figures that count. */
export function priceText(value: string): string {
  const size = Math.abs(Number(value));
  const places = size >= 1000 ? 2 : size >= 1 ? 4 : 6;
  return text(value, 2, places, false);
}

export function quantityText(value: string): string {
  const size = Math.abs(Number(value));
  return text(value, 0, size >= 1000 ? 2 : size >= 1 ? 4 : 8, false);
}

export function percentText(ratio: number, signed = false, places = 2): string {
  return `${text((ratio * 100).toFixed(places + 2), places, places, signed)} %`;
}

export function plainDecimals(value: string): string {
  return value.replace(/^-/, MINUS);
}

export function changeTone(value: string): "good" | "bad" | "" {
  const size = Number(value);
  return size > 0 ? "good" : size < 0 ? "bad" : "";
}
