/** What a house strategy is: a pure function from the view of a round to orders. */
import { z } from "zod";
import type { Account, OrderIntent, Prices, Side } from "../core/account.ts";
import type { Indicators } from "../core/candle.ts";
import type { Limits } from "../core/rules.ts";

export const strategyTypes = [
  "conservative",
  "aggressive",
  "balanced",
  "contrarian",
  "sentiment",
  "trend_following",
  "momentum",
  "value",
  "swing",
  "mean_reversion",
] as const;
export type StrategyType = (typeof strategyTypes)[number];

/** What became of an order. Amounts are decimal strings. */
export interface OrderFate {
  /** The round in which it was ordered. */
  readonly round: number;
  /** Its place in the decision, from 0. */
  readonly seq: number;
  readonly side: Side;
  readonly symbol: string;
  /** As ordered: quote currency of a buy, base quantity of a sell. */
  readonly amount: string;
  /** Open: its round isn't settled yet. Dropped: its tournament was cancelled. */
  readonly state: "open" | "filled" | "refused" | "dropped";
  /** Why it was refused, by the check of the decision or at the fill. */
  readonly code: string | null;
  /** What was traded, which is less than ordered where cash or holding ran short. Null unless it was filled. */
  readonly quantity: string | null;
  /** The price with spread and slippage. */
  readonly price: string | null;
  readonly fee: string | null;
  /** Negative on a buy; fee included. */
  readonly cash_change: string | null;
}

/** What a strategy sees of a round: the same for every entry, but for `account`, `fills`, `memory`, `limits`, `params` and `seed`. */
export interface View {
  readonly round: number;
  readonly symbols: readonly string[];
  /** Last closes. */
  readonly prices: Prices;
  readonly indicators: Readonly<Record<string, Indicators>>;
  readonly account: Account;
  /** What became of the orders of its last decision, by `seq`: an order becomes a trade only with its fill. [] after a hold. */
  readonly fills: readonly OrderFate[];
  /** Quote currency: an order worth less is refused. */
  readonly min_order: string;
  /** What the strategy returned as memory the last time it did; {} at first. */
  readonly memory: Readonly<Record<string, unknown>>;
  /** Null for baselines. */
  readonly limits: Limits | null;
  /** The agent's own parameters, `config.params`. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Seed text, unique to (tournament seed, agent name, round): the only source of chance. */
  readonly seed: string;
}

export interface Choice {
  readonly orders: readonly OrderIntent[];
  /** One or two sentences with the numbers that led to the choice. */
  readonly reasoning: string;
  /** 0 to 1. */
  readonly confidence: number;
  /** Replaces the stored memory when present. JSON, at most 8 KB. */
  readonly memory?: Readonly<Record<string, unknown>>;
}

export interface Strategy {
  /** Key in the registry and in an agent's row: "trend_following". */
  readonly key: string;
  readonly type: StrategyType | "baseline";
  /** Plain English: what it does and by which indicators. */
  readonly description: string;
  /** Settings that hold unless the agent's row overrides them; null for baselines. */
  readonly limits: Limits | null;
  /** What an agent's `config.params` must be. A strategy without parameters leaves it out. */
  readonly params?: z.ZodObject;
  decide(view: View): Choice;
}

const noParams = z.strictObject({});

export function paramsOf(strategy: Strategy): z.ZodObject {
  return strategy.params ?? noParams;
}
