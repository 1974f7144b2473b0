/** Every strategy, by the key that an agent's row names. A new one is its file and one line here. */
import { aggressive } from "./aggressive.ts";
import { balanced } from "./balanced.ts";
import { buyAndHold } from "./buy-and-hold.ts";
import { cash } from "./cash.ts";
import { conservative } from "./conservative.ts";
import { contrarian } from "./contrarian.ts";
import { equalWeight } from "./equal-weight.ts";
import { meanReversion } from "./mean-reversion.ts";
import { momentum } from "./momentum.ts";
import { random } from "./random.ts";
import { sentiment } from "./sentiment.ts";
import type { Strategy, StrategyType } from "./strategy.ts";
import { swing } from "./swing.ts";
import { trendFollowing } from "./trend-following.ts";
import { value } from "./value.ts";

export const strategies = {
  conservative,
  aggressive,
  balanced,
  contrarian,
  sentiment,
  trend_following: trendFollowing,
  momentum,
  value,
  swing,
  mean_reversion: meanReversion,
  cash,
  buy_and_hold: buyAndHold,
  equal_weight: equalWeight,
  random,
} as const satisfies Readonly<Record<string, Strategy>> & Readonly<Record<StrategyType, Strategy>>;

export type StrategyKey = keyof typeof strategies;

/** The house strategy of a type: each type has one, under its own name. */
export function strategyOfType(type: StrategyType): Strategy {
  return strategies[type];
}

export function isStrategyKey(key: string): key is StrategyKey {
  return Object.hasOwn(strategies, key);
}
