/** What an entry's object is asked: the market as the batch sees it, and the entry as the batch read it. */
import { isVenueName } from "../core/venue-names.ts";
import type { DecisionContext, EntryContext } from "../db/statements/decisions/context.ts";
import type { View } from "../strategies/strategy.ts";
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

export function requestOf(
  context: DecisionContext,
  entry: EntryContext,
  market: MarketView,
  round: number,
  recoverFromCrash: boolean,
): DecisionRequest {
  const { min_order, seed } = rulesOf(context);
  const view = viewOf({
    round,
    symbols: context.symbols,
    market,
    account: { cash: entry.cash, positions: entry.positions ?? {} },
    fills: entry.fills ?? [],
    minOrder: min_order,
    memory: entry.memory ?? {},
    limits: entryLimits(entry),
    params: entry.params,
    seed,
    agentName: entry.agent_name,
  });
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

interface Viewed {
  readonly round: number;
  readonly symbols: readonly string[];
  readonly market: Pick<MarketView, "prices" | "indicators">;
  readonly account: View["account"];
  readonly fills: View["fills"];
  readonly minOrder: string;
  readonly memory: View["memory"];
  readonly limits: View["limits"];
  readonly params: View["params"];
  /** The tournament's. */
  readonly seed: string;
  readonly agentName: string;
}

/** What a strategy sees of a round. */
export function viewOf({ market, minOrder, seed, agentName, ...same }: Viewed): View {
  const { prices, indicators } = market;
  return { ...same, prices, indicators, min_order: minOrder, seed: `${seed}/${agentName}/${same.round}` };
}
