/** What an entry freezes of its agent at joining, so that a tournament's rules don't change under it. Pure. */
import { z } from "zod";
import { modelConfigSchema } from "../core/agents/model-config.ts";
import { CodedError } from "../core/error-codes.ts";
import { type Limits, limitsSchema } from "../core/rules.ts";
import { lookOf } from "../core/text/look-alike.ts";
import type { JoiningAgent } from "../db/statements/entries/agents-to-join.ts";
import type { NewEntry } from "../db/statements/entries/join.ts";
import { isStrategyKey, strategies } from "../strategies/registry.ts";
import type { Strategy } from "../strategies/strategy.ts";

/** What holds where neither the strategy nor the agent says otherwise. */
export const defaultLimits: Limits = {
  risk_score: "0.5",
  max_position_share: "0.25",
  cash_reserve_share: "0.2",
  max_trades_per_round: 2,
};

/** An agent's `config`: its settings win over its strategy's. */
export const agentConfigSchema = z.strictObject({
  limits: limitsSchema.partial().optional(),
  /** The strategy's own parameters. */
  params: z.record(z.string(), z.unknown()).optional(),
  /** How long a house agent thinks, for tests of agents that answer late; 0 and absent decide at once. */
  thinking_seconds: z.number().min(0).max(120).optional(),
  /** Set for an agent of the kind llm: its model and how it thinks. */
  llm: modelConfigSchema.optional(),
});

/** The limits of an agent that sets none of its own. Null for a baseline. */
export function limitsOf(strategy: Strategy): Limits | null {
  return strategy.type === "baseline" ? null : { ...defaultLimits, ...strategy.limits };
}

/** Throws agent.unknown_strategy where the agent's row names a strategy that this code doesn't have. */
export function freezeEntry(agent: JoiningAgent, id: string): NewEntry {
  const config = agentConfigSchema.parse(agent.config);
  const named = { id, agent_id: agent.id, agent_name: agent.name, ...lookOf(agent.name), kind: agent.kind };
  if (agent.kind !== "house") {
    const limits = limitsSchema.parse({ ...defaultLimits, ...config.limits });
    const params = config.llm ? { llm: config.llm } : {};
    return { ...named, strategy: agent.kind, baseline: false, limits, params, thinking_seconds: null };
  }
  if (!isStrategyKey(agent.strategy)) {
    throw new CodedError("agent.unknown_strategy", `${agent.name} runs ${agent.strategy}, which is no strategy here.`);
  }
  const strategy = strategies[agent.strategy];
  return {
    ...named,
    strategy: agent.strategy,
    baseline: agent.baseline,
    limits: agent.baseline ? null : limitsSchema.parse({ ...defaultLimits, ...strategy.limits, ...config.limits }),
    params: config.params ?? {},
    thinking_seconds: config.thinking_seconds || null,
  };
}
