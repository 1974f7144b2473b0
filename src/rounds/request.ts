/** What an entry's object is asked: the market as the batch sees it, and the entry as the batch read it. */
import type { DecisionContext, EntryContext } from "../db/statements/decision-context.ts";
import type { View } from "../strategies/strategy.ts";
import { entryLimits, rulesOf } from "./choice.ts";
import type { MarketView } from "./market-view.ts";
import type { DecisionRequest, RoundPorts } from "./ports.ts";

/** The view of a market at a time, for the context's tournament. */
export function marketAt(ports: RoundPorts, context: DecisionContext, dueMs: number): Promise<MarketView> {
  return ports.views.at(ports.query, {
    sourceId: context.candle_source_id,
    symbols: context.symbols,
    baseMs: context.source_interval_seconds * 1000,
    intervalMs: context.interval_seconds * 1000,
    dueMs,
  });
}

export function requestOf(
  context: DecisionContext,
  entry: EntryContext,
  market: MarketView,
  round: number,
  recoverFromCrash: boolean,
): DecisionRequest {
  const view: View = {
    round,
    symbols: context.symbols,
    prices: market.prices,
    indicators: market.indicators,
    account: { cash: entry.cash, positions: entry.positions ?? {} },
    memory: entry.memory ?? {},
    limits: entryLimits(entry),
    params: entry.params,
    seed: `${rulesOf(context).seed}/${entry.agent_name}/${round}`,
  };
  return {
    tournamentId: context.tournament_id,
    entryId: entry.id,
    roundId: context.round_id,
    strategy: entry.strategy,
    version: entry.version,
    recoveries: entry.recoveries,
    recoverFromCrash,
    view,
  };
}
