/**
 * Money and quantities are decimals, never floats: strings on the wire and in rows (`numeric`), `Big` in arithmetic. Plus,
 * minus and times of `Big` are exact. Only the functions that divide round, and their names say in which direction.
 */
import Big from "big.js";

export type Decimal = Big;

/** Places that cash, quantities, fees and equity keep. */
const PLACES = 8;

const QUOTIENT_PLACES = 40;
const DOWN = 0;
const UP = 3;

// A strict constructor throws on JavaScript numbers, so that no float gets in.
const Strict = Big();
Strict.strict = true;
Strict.DP = QUOTIENT_PLACES;
Strict.RM = DOWN;

/** The decimal of a string such as "104566.1". Throws on anything else. */
export function decimal(text: string): Decimal {
  return new Strict(text);
}

export const ZERO = decimal("0");
export const ONE = decimal("1");
/** The smallest step of a kept amount. */
export const UNIT = decimal("0.00000001");

/** Rounds towards zero to 8 places: for what an agent receives. Amounts here are never negative. */
export function floor8(value: Decimal): Decimal {
  return value.round(PLACES, DOWN);
}

/** Rounds away from zero to 8 places: for what an agent pays. */
export function ceil8(value: Decimal): Decimal {
  return value.round(PLACES, UP);
}

/** The quotient, cut to 40 places. */
export function divide(a: Decimal, b: Decimal): Decimal {
  return a.div(b);
}

/**
 * The quotient rounded towards zero to 8 places. It equals floor8(divide(a, b)) and takes a fifth of the time, because big.js
 * divides digit by digit. The precision belongs to the constructor, so it is lowered during this one synchronous call.
 */
export function divideFloor8(a: Decimal, b: Decimal): Decimal {
  Strict.DP = PLACES;
  try {
    return a.div(b);
  } finally {
    Strict.DP = QUOTIENT_PLACES;
  }
}

/** The quotient rounded away from zero to 8 places, made as in divideFloor8. */
export function divideCeil8(a: Decimal, b: Decimal): Decimal {
  Strict.DP = PLACES;
  Strict.RM = UP;
  try {
    return a.div(b);
  } finally {
    Strict.DP = QUOTIENT_PLACES;
    Strict.RM = DOWN;
  }
}

/** `bps` basis points as a fraction: 10 → 0.001. */
export function bps(count: string): Decimal {
  return decimal(count).times(decimal("0.0001"));
}

/** The plain decimal text without trailing zeros or exponent: "0.1", never "1e-1" or "0.10". */
export function text(value: Decimal): string {
  return value.toFixed();
}

/** Text with exactly 8 places, the form in which amounts are shown and hashed. */
export function text8(value: Decimal): string {
  return value.toFixed(PLACES, DOWN);
}
