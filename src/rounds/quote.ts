/** The quote of a closed round: the open of the candle that opens at its due time, moved by half the spread. */
import type { Quote } from "../core/account.ts";
import { bps, decimal, ONE, text } from "../core/money.ts";
import { rulesSchema } from "../core/rules.ts";
import { readOpens } from "../db/statements/read-prices.ts";
import type { Look } from "../db/statements/round-look.ts";
import { quoteRound } from "../db/statements/round-quote.ts";
import type { RoundPorts } from "./ports.ts";

/** Exact: mid is the open; bid and ask are mid × (1 ∓ half spread). */
export function quoteOf(opens: Readonly<Record<string, string>>, halfSpreadBps: string): Quote {
  const half = bps(halfSpreadBps);
  return Object.fromEntries(
    Object.entries(opens).map(([symbol, open]) => {
      const mid = decimal(open);
      return [symbol, { bid: text(mid.times(ONE.minus(half))), ask: text(mid.times(ONE.plus(half))), mid: text(mid) }];
    }),
  );
}

/** Stores the quote. Called only after the close has committed, so nobody could see it and then decide. */
export async function quote(
  ports: RoundPorts,
  look: Look & { round_id: string; due_ms: number },
): Promise<{ owes_fills: boolean } | null> {
  const opens = await readOpens(ports.query, look.candle_source_id, look.symbols, look.due_ms);
  for (const symbol of look.symbols) {
    if (opens[symbol] === undefined) throw new Error(`${symbol} has no candle that opens at the round's due time`);
  }
  return quoteRound(ports.query, look.round_id, quoteOf(opens, rulesSchema.parse(look.rules).half_spread_bps));
}
