/** What an entry's object is asked: the market as the batch sees it, and the entry as the batch read it. */
import { isVenueName } from "../core/venue-names.ts";
import type { DecisionContext, EntryContext } from "../db/statements/decisions/context.ts";
import { sharedViews } from "../strategies/carried-view.ts";
import { entryLimits, rulesOf } from "./choice.ts";
import type { MarketView } from "./market-view.ts";
import type { DecisionRequest, RoundPorts } from "./ports.ts";

/** The view of a market at a time, for the context's tournament; `warmingUp` before its start. */
export function marketAt(
  ports: Pick<RoundPorts, "query" | "views">,
  context: DecisionContext,
  dueMs: number,
  warmingUp = false,
): Promise<MarketView> {
  return ports.views.at(ports.query, {
    sourceId: context.candle_source_id,
    symbols: context.symbols,
    baseMs: context.source_interval_seconds * 1000,
    intervalMs: context.interval_seconds * 1000,
    dueMs,
    warmingUp,
    hasGaps: isVenueName(context.market),
  });
}

/** The part of the view that is the same for all entries of a batch, written as the text that their requests carry. */
export function marketText(context: DecisionContext, { prices, indicators }: Shown): string {
  return sharedViews.write({ symbols: context.symbols, prices, indicators, min_order: rulesOf(context).min_order });
}

/** `market` comes from `marketText`. */
export function requestOf(
  context: DecisionContext,
  entry: EntryContext,
  market: string,
  round: number,
  recoverFromCrash: boolean,
): DecisionRequest {
  return {
    tournamentId: context.tournament_id,
    entryId: entry.id,
    roundId: context.round_id,
    strategy: entry.strategy,
    version: entry.version,
    recoveries: entry.recoveries,
    recoverFromCrash,
    view: {
      market,
      round,
      account: { cash: entry.cash, positions: entry.positions ?? {} },
      fills: entry.fills ?? [],
      memory: entry.memory ?? {},
      limits: entryLimits(entry),
      params: entry.params,
      seed: seedOf(rulesOf(context).seed, entry.agent_name, round),
    },
  };
}

type Shown = Pick<MarketView, "prices" | "indicators">;

/** The seed of an entry's chance in a round. `seed` is the tournament's. */
export function seedOf(seed: string, agentName: string, round: number): string {
  return `${seed}/${agentName}/${round}`;
}
