/** The quote of a closed round: the open of the candle that opens at its due time, moved by half the spread. */
import type { Quote } from "../core/account.ts";
import { isPrice } from "../core/column-bounds.ts";
import { bps, decimal, ONE, text } from "../core/money.ts";
import { rulesSchema } from "../core/rules.ts";
import { type Open, readOpens } from "../db/statements/markets/read-prices.ts";
import type { Look } from "../db/statements/rounds/look.ts";
import { quoteRound } from "../db/statements/rounds/quote.ts";
import type { RoundPorts } from "./ports.ts";
import { UnusableMarket } from "./unusable-market.ts";

/** Exact: mid is the open; bid and ask are mid × (1 ∓ half spread). A filled candle makes a filled quote. */
export function quoteOf(opens: Readonly<Record<string, Open>>, halfSpreadBps: string): Quote {
  const half = bps(halfSpreadBps);
  return Object.fromEntries(
    Object.entries(opens).map(([symbol, { price, filled }]) => {
      const mid = decimal(price);
      const quoted = { bid: text(mid.times(ONE.minus(half))), ask: text(mid.times(ONE.plus(half))), mid: text(mid) };
      return [symbol, filled ? { ...quoted, filled } : quoted];
    }),
  );
}

/** Stores the quote. Called only after the close has committed, so nobody could see it and then decide. */
export async function quote(
  ports: RoundPorts,
  look: Look & { round_id: string; due_ms: number },
): Promise<{ owes_fills: boolean } | null> {
  const opens = await readOpens(ports.query, look.candle_source_id, look.symbols, look.due_ms);
  const { half_spread_bps } = rulesSchema.parse(look.rules);
  return storeQuote(ports, look.round_id, quoteAt(look.symbols, opens, half_spread_bps));
}

/** The quote from the candles that open at the due time. Throws where one is missing, or its open is no price. */
export function quoteAt(
  symbols: readonly string[],
  opens: Readonly<Record<string, Open>>,
  halfSpreadBps: string,
): Quote {
  for (const symbol of symbols) {
    const open = opens[symbol]?.price;
    if (open === undefined) throw new UnusableMarket(`${symbol} has no candle that opens at the round's due time`);
    if (!isPrice(open)) throw new UnusableMarket(`${symbol} opens at ${open}, which is no price`);
  }
  return quoteOf(opens, halfSpreadBps);
}

/** Null where another caller was first. Throws where an entry would be worth more than can be stored. */
export async function storeQuote(
  ports: Pick<RoundPorts, "query">,
  roundId: string,
  quote: Quote,
): Promise<{ owes_fills: boolean } | null> {
  const quoted = await quoteRound(ports.query, roundId, quote);
  if (quoted?.unusable) throw new UnusableMarket("an entry's equity at these prices can't be stored");
  return quoted;
}
