/** The numbers of candle files as decimal text. They are never floats, and nothing is rounded. */

/** How many digits are stored before and after the point. */
const WHOLE_DIGITS = 20;
const CANDLE_PLACES = 18;
const CHARS_MAX = 100;
const EXPONENT = /^(\d*)(?:\.(\d*))?[eE]([+-]?\d{1,3})$/;

/**
 * The one text of a price or volume: "1.50", "1.5" and "15e-1" all become "1.5". Null where the text is no plain number, is
 * negative, or has more digits than are stored: `numberFault` says which.
 */
export function candleNumber(text: string): string | null {
  const { length } = text;
  if (length === 0 || length > CHARS_MAX) return null;
  let point = -1;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) continue;
    if (code !== 46 || point !== -1) return fromExponent(text);
    point = i;
  }
  const whole = point === -1 ? length : point;
  if (length === 1 && point === 0) return null;
  let from = 0;
  while (from < whole - 1 && text.charCodeAt(from) === 48) from++;
  let to = length;
  if (point !== -1) {
    while (to > point + 1 && text.charCodeAt(to - 1) === 48) to--;
    if (to === point + 1) to = point;
    else if (to - point - 1 > CANDLE_PLACES) return null;
  }
  if (whole - from > WHOLE_DIGITS) return null;
  if (whole === 0) return to === 0 ? "0" : `0${text.slice(0, to)}`;
  return from === 0 && to === length ? text : text.slice(from, to);
}

/** "9.417e-05" → "0.00009417". */
function fromExponent(text: string): string | null {
  const match = EXPONENT.exec(text);
  if (match === null) return null;
  const [, whole = "", fraction = "", exponent = ""] = match;
  if (whole === "" && fraction === "") return null;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return candleNumber(`0.${"0".repeat(-point)}${digits}`.slice(0, CHARS_MAX + 1));
  if (point >= digits.length) return candleNumber((digits + "0".repeat(point - digits.length)).slice(0, CHARS_MAX + 1));
  return candleNumber(`${digits.slice(0, point)}.${digits.slice(point)}`);
}

/** What is wrong with a text that `candleNumber` refused: "is empty", "is -3; it can't be negative". */
export function numberFault(text: string): string {
  if (text.trim() === "") return "is empty";
  if (/^-[\d.]/.test(text)) return `is ${shown(text)}; it can't be negative`;
  if (!/^(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(text))
    return `is "${shown(text)}", not a plain decimal number`;
  return `is ${shown(text)}; at most ${WHOLE_DIGITS} digits before and ${CANDLE_PLACES} after the point are stored, and nothing is rounded`;
}

/** A text of a file as a sentence quotes it: without control characters, and cut. */
export function shown(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "�");
  return plain.length > 60 ? `${plain.slice(0, 60)}…` : plain;
}
