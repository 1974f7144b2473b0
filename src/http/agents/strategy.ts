/** Which strategy a body names, by its key, its type, or both. */
import type { AgentKind } from "../../core/agents/agent-kinds.ts";
import { isStrategyKey, strategies, strategyOfType } from "../../strategies/registry.ts";
import { paramsOf, type Strategy } from "../../strategies/strategy.ts";
import { invalid, parseAt } from "../request/validation.ts";
import type { AgentBody, AgentPatchBody } from "./bodies.ts";

/** Null when the body names none. Throws for an unknown strategy, and for a type that is not the strategy's. */
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

/** As strategyOf, for a new agent: the body must name a strategy, and its settings must fit it. */
function strategyToRun(body: AgentPatchBody): Strategy {
  const strategy = strategyOf(body);
  if (strategy === null) throw invalid([{ path: "strategy_type", message: "is needed, or strategy" }]);
  refuseLimitsOfBaseline(strategy.type, body);
  refuseUnfitParams(strategy, body.config);
  return strategy;
}

/** The strategy of a new agent. One that is not ours has the name of its kind in its place. */
export function strategyOfNew(body: AgentBody): { readonly key: string; readonly type: string } {
  refuseUnfitModel(body.kind ?? "house", body.config);
  if (body.kind !== undefined && body.kind !== "house") {
    refuseSettingsOfHouse(body);
    if (body.kind === "llm" && !body.config?.llm)
      throw invalid([{ path: "config.llm", message: "is needed for the kind llm" }]);
    return { key: body.kind, type: body.kind };
  }
  return strategyToRun(body);
}

/** Only an agent of the kind llm has a model. */
export function refuseUnfitModel(kind: AgentKind, config: AgentPatchBody["config"]): void {
  if (kind !== "llm" && config?.llm !== undefined)
    throw invalid([{ path: "config.llm", message: "is only for agents of the kind llm" }]);
}

/** An agent that is not ours has limits and no strategy. */
export function refuseSettingsOfHouse({ strategy, strategy_type, config }: AgentPatchBody): void {
  const given = {
    strategy,
    strategy_type,
    "config.params": config?.params,
    "config.thinking_seconds": config?.thinking_seconds,
  };
  const errors = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([path]) => ({ path, message: "is only for agents of the kind house" }));
  if (errors.length > 0) throw invalid(errors);
}

/** Only its cash limits a baseline. Other limits would have no effect, so they are refused. */
export function refuseLimitsOfBaseline(type: string | undefined, body: AgentPatchBody): void {
  if (type !== "baseline") return;
  if (body.risk_score !== undefined) throw invalid([{ path: "risk_score", message: "is not a setting of a baseline" }]);
  if (body.config?.limits !== undefined) {
    throw invalid([{ path: "config.limits", message: "is not a setting of a baseline" }]);
  }
}

/** Refuses parameters that the strategy would not use, and a configuration without those that it needs. */
export function refuseUnfitParams(strategy: Strategy, config: { readonly params?: unknown } | undefined): void {
  parseAt(paramsOf(strategy), config?.params ?? {}, "config.params");
}

function keys(type?: Strategy["type"]): string {
  return Object.values<Strategy>(strategies)
    .filter((strategy) => type === undefined || strategy.type === type)
    .map((strategy) => strategy.key)
    .join(", ");
}
