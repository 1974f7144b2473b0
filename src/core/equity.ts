import type { Account, Prices } from "./account.ts";
import { CodedError } from "./error-codes.ts";
import { decimal, floor8, text } from "./money.ts";

/**
 * The value of cash and positions at `mids`, in quote currency, rounded down to 8 places. A held symbol without a price throws
 * `trading.no_price`: leaving the position out would give a wrong equity that nobody notices.
 */
export function equityOf(account: Account, mids: Prices): string {
  let sum = decimal(account.cash);
  for (const [symbol, quantity] of Object.entries(account.positions)) {
    const mid = Object.hasOwn(mids, symbol) ? mids[symbol] : undefined;
    if (mid === undefined) throw new CodedError("trading.no_price", `There is no price for ${symbol}.`);
    sum = sum.plus(decimal(quantity).times(decimal(mid)));
  }
  return text(floor8(sum));
}
