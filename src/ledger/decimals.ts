/**
 * The ledger's own decimals. The ledger uses nothing of src/core, so that one mistake can't be on both sides. Plus, minus and
 * times are exact; quotients are cut to 40 places before they are floored to 8.
 */
import Big from "big.js";

export type Decimal = Big;

// Strict: a JavaScript number in a row of money throws, so that no float gets in.
const Exact = Big();
Exact.strict = true;
Exact.DP = 40;
Exact.RM = 0;

/** The decimal of a text such as "104566.1". Throws on anything else. */
export function exact(text: string): Decimal {
  return new Exact(text);
}

export const zero = exact("0");
export const one = exact("1");
/** The smallest step of cash and quantities. */
export const step = exact("0.00000001");

/** Rounds towards minus infinity to 8 places, so that a debt of less than a step still shows as a debt. */
export function down8(value: Decimal): Decimal {
  const cut = value.round(8, 0);
  return cut.gt(value) ? cut.minus(step) : cut;
}

/** Rounds towards plus infinity to 8 places. */
export function up8(value: Decimal): Decimal {
  const cut = value.round(8, 0);
  return cut.lt(value) ? cut.plus(step) : cut;
}

export function smaller(a: Decimal, b: Decimal): Decimal {
  return a.lt(b) ? a : b;
}

/** Plain text without exponent or trailing zeros. */
export function plain(value: Decimal): string {
  return value.toFixed();
}
