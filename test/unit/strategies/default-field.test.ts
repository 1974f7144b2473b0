import { expect, test } from "vitest";
import { limitsSchema } from "../../../src/core/rules.ts";
import { defaultField } from "../../../src/strategies/default-field.ts";
import { isStrategyKey, strategies, strategyOfType } from "../../../src/strategies/registry.ts";
import { strategyTypes } from "../../../src/strategies/strategy.ts";

test("the registry finds every strategy by its key, and every type has a strategy of its name", () => {
  for (const [key, strategy] of Object.entries(strategies)) {
    expect(strategy.key).toBe(key);
    expect(strategy.description.length).toBeGreaterThan(20);
  }
  for (const type of strategyTypes) {
    expect(strategyOfType(type)).toMatchObject({ key: type, type });
    expect(strategyOfType(type).limits).toEqual(limitsSchema.parse(strategyOfType(type).limits));
  }
});

test("baselines have no limits", () => {
  const baselines = Object.values(strategies).filter((strategy) => strategy.type === "baseline");
  expect(baselines.map((strategy) => strategy.key)).toEqual(["cash", "buy_and_hold", "equal_weight", "random"]);
  for (const baseline of baselines) expect(baseline.limits).toBeNull();
});

test("only registered keys are strategies", () => {
  expect(isStrategyKey("momentum")).toBe(true);
  for (const key of ["", "Momentum", "toString", "__proto__"]) expect(isStrategyKey(key)).toBe(false);
});

test("the default field is the six contestants with their limits, then the baselines", () => {
  const field = defaultField(["BTC-USDT", "ETH-USDT"]);
  const six = field.slice(0, 6).map(({ name, strategy, config }) => {
    const { risk_score, max_position_share, cash_reserve_share, max_trades_per_round } = limitsSchema.parse(
      config.limits,
    );
    return [name, strategy, risk_score, max_position_share, cash_reserve_share, max_trades_per_round];
  });
  expect(six).toEqual([
    ["AlphaBot", "momentum", "0.8", "0.8", "0.05", 3],
    ["TrendRider", "trend_following", "0.7", "0.7", "0.1", 2],
    ["SafeHaven", "conservative", "0.2", "0.15", "0.4", 1],
    ["SwingKing", "swing", "0.5", "0.35", "0.25", 2],
    ["DipBuyer", "mean_reversion", "0.6", "0.5", "0.2", 2],
    ["SentimentBot", "sentiment", "0.5", "0.25", "0.2", 2],
  ]);
  expect(
    field.slice(6).map(({ name, strategy, strategy_type, config }) => [name, strategy, strategy_type, config]),
  ).toEqual([
    ["Cash", "cash", "baseline", {}],
    ["Buy and hold BTC", "buy_and_hold", "baseline", { params: { symbol: "BTC-USDT" } }],
    ["Buy and hold ETH", "buy_and_hold", "baseline", { params: { symbol: "ETH-USDT" } }],
    ["Equal weight", "equal_weight", "baseline", {}],
    ["Random", "random", "baseline", {}],
  ]);
  for (const agent of field) expect(agent.personality.length).toBeGreaterThan(10);
});

test("names stay unique where two symbols have the same base", () => {
  const names = defaultField(["BTC-USDT", "BTC-EUR", "ETH-EUR"]).map((agent) => agent.name);
  expect(names).toContain("Buy and hold BTC-EUR");
  expect(new Set(names).size).toBe(names.length);
});
