/** Two volumes of one row, in base and in quote currency. Some dumps change their places in mid file. */
import { decimal } from "../core/money.ts";
import { candleNumber } from "./number.ts";
import { below } from "./row.ts";

/** Near a bound the floats don't say on which side a quotient is. */
const NEAR = 1e-9;

/**
 * Whether the two volumes stand in each other's column. They do only where the swapped pair alone fits: quote ÷ base is the
 * mean price, which lies between low and high. Where neither or both fit, the header holds.
 */
export function areSwapped(baseText: string, quoteText: string, lowText: string, highText: string): boolean {
  const base = candleNumber(baseText);
  const quote = candleNumber(quoteText);
  const low = candleNumber(lowText);
  const high = candleNumber(highText);
  if (base === null || quote === null || low === null || high === null) return false;
  return !fits(base, quote, low, high) && fits(quote, base, low, high);
}

function fits(base: string, quote: string, low: string, high: string): boolean {
  if (base === "0") return false;
  const mean = Number(quote) / Number(base);
  const [from, to] = [Number(low), Number(high)];
  const isNear = Math.abs(mean - from) <= from * NEAR || Math.abs(mean - to) <= to * NEAR;
  if (!isNear) return mean > from && mean < to;
  const exact = (price: string) => decimal(price).times(decimal(base)).toFixed();
  return !below(quote, exact(low)) && !below(exact(high), quote);
}
