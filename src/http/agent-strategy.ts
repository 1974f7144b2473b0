/** Which strategy a body names, by its key, its type, or both. */
import { isStrategyKey, strategies, strategyOfType } from "../strategies/registry.ts";
import type { Strategy } from "../strategies/strategy.ts";
import type { AgentPatchBody } from "./agent-bodies.ts";
import { invalid } from "./validation.ts";

/** Null when the body names none. Throws where it names one that isn't there or contradicts itself. */
export function strategyOf(body: AgentPatchBody): Strategy | null {
  const { strategy: key, strategy_type: type } = body;
  if (key === undefined) {
    if (type === undefined) return null;
    if (type === "baseline") {
      throw invalid([{ path: "strategy", message: `is needed with strategy_type baseline: ${keys("baseline")}` }]);
    }
    return strategyOfType(type);
  }
  if (!isStrategyKey(key)) {
    throw invalid([{ path: "strategy", message: `must be one of: ${keys()}` }], "agent.unknown_strategy");
  }
  const strategy: Strategy = strategies[key];
  if (type !== undefined && type !== strategy.type) {
    throw invalid([{ path: "strategy_type", message: `must be ${strategy.type} with the strategy ${key}` }]);
  }
  return strategy;
}

/** A baseline keeps to its cash alone, so limits on it would be ignored in silence. */
export function refuseLimitsOfBaseline(type: string | undefined, body: AgentPatchBody): void {
  if (type !== "baseline") return;
  if (body.risk_score !== undefined) throw invalid([{ path: "risk_score", message: "is not a setting of a baseline" }]);
  if (body.config?.limits !== undefined) {
    throw invalid([{ path: "config.limits", message: "is not a setting of a baseline" }]);
  }
}

function keys(type?: Strategy["type"]): string {
  return Object.values<Strategy>(strategies)
    .filter((strategy) => type === undefined || strategy.type === type)
    .map((strategy) => strategy.key)
    .join(", ");
}
