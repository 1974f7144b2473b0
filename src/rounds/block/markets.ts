/** The markets of a block's rounds, each as a single round would see it, with the quote that its orders fill at. */
import { roundDueAt } from "../../core/phases.ts";
import { rulesSchema } from "../../core/rules.ts";
import type { BlockRound } from "../../db/statements/blocks/write-block.ts";
import { readOpensAt } from "../../db/statements/markets/read-prices.ts";
import type { Look } from "../../db/statements/rounds/look.ts";
import { snapshotOf } from "../open.ts";
import type { RoundPorts } from "../ports.ts";
import { quoteAt } from "../quote.ts";
import { publish } from "../stored-candles.ts";
import { isUnusable } from "../unusable-market.ts";
import type { BlockMarket } from "./asked.ts";

export interface MarketOfRound extends BlockMarket {
  readonly row: BlockRound;
}

/** Ends before the first round whose market is missing or can't be used: that one is played singly, which says why. */
export async function readBlockMarkets(
  ports: RoundPorts,
  look: Look,
  first: number,
  rounds: number,
): Promise<MarketOfRound[]> {
  const { starts_ms, interval_seconds, candle_source_id: sourceId, symbols } = look;
  const due = Array.from({ length: rounds }, (_, n) => roundDueAt(starts_ms, interval_seconds, first + n));
  const [firstDue, lastDue] = [due[0], due.at(-1)];
  if (firstDue === undefined || lastDue === undefined) return [];
  // The last round fills on the candle that opens at its due time.
  if ((await publish(ports, look, lastDue)) !== "ready") return [];
  const question = {
    sourceId,
    symbols,
    baseMs: look.source_interval_seconds * 1000,
    intervalMs: interval_seconds * 1000,
    hasGaps: false,
  };
  await ports.views.ahead(ports.query, { ...question, dueMs: firstDue }, lastDue);
  const opens = await readOpensAt(ports.query, sourceId, symbols, due);
  const { half_spread_bps } = rulesSchema.parse(look.rules);
  const markets: MarketOfRound[] = [];
  for (const [n, dueMs] of due.entries()) {
    try {
      const view = await ports.views.at(ports.query, { ...question, dueMs });
      const quote = quoteAt(symbols, opens.get(dueMs) ?? {}, half_spread_bps);
      const { candles, hash } = await snapshotOf(look, view, dueMs, sourceId);
      const quotes = Object.entries(quote).map(([symbol, prices]) => ({ symbol, ...prices }));
      const row = { id: ports.newId(), number: first + n, due_ms: dueMs, hash, candles, quotes };
      markets.push({ round: first + n, prices: view.prices, indicators: view.indicators, quote, row });
    } catch (error) {
      if (!isUnusable(error)) throw error;
      break;
    }
  }
  return markets;
}
