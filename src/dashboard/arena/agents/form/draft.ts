/** What the form of an agent holds, and the bodies of POST and PATCH /agents that it makes. Pure. */
import type { Limits } from "../../../../core/rules.ts";
import { fieldsOf, type NamedField } from "../../../../core/text/schema-words.ts";
import type { AgentBody } from "../../../../http/agents/bodies.ts";
import type { Agent, StrategyItem } from "../../../api/answers.ts";

export type LimitKey = keyof Limits;
type Config = NonNullable<AgentBody["config"]>;

export interface Draft {
  readonly name: string;
  readonly personality: string;
  /** The key of the strategy; empty until one is chosen. */
  readonly strategy: string;
  /** The limits that differ from the strategy's own, as text. */
  readonly limits: Partial<Record<LimitKey, string>>;
  /** The strategy's parameters, as text. */
  readonly params: Readonly<Record<string, string>>;
  readonly thinkingSeconds: string;
}

export const FIELDS = [
  "name",
  "personality",
  "strategy",
  "strategy_type",
  "config.limits.risk_score",
  "config.limits.max_position_share",
  "config.limits.cash_reserve_share",
  "config.limits.max_trades_per_round",
  "config.params",
  "config.thinking_seconds",
] as const;

export const firstDraft: Draft = {
  name: "",
  personality: "",
  strategy: "",
  limits: {},
  params: {},
  thinkingSeconds: "",
};

/** The form of an agent as it is stored. Its configuration is in the answer to operators alone. */
export function draftOf(agent: Agent): Draft {
  const config: Config = agent.config ?? {};
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const texts = (values: object) =>
    Object.fromEntries(Object.entries(values).map(([key, value]): [string, string] => [key, text(value)]));
  return {
    name: agent.name,
    personality: agent.personality,
    strategy: agent.strategy,
    limits: texts(config.limits ?? {}),
    params: texts(config.params ?? {}),
    thinkingSeconds: config.thinking_seconds ? String(config.thinking_seconds) : "",
  };
}

/** A copy needs a name of its own, because a tournament takes no two names that are the same. */
export function copyOf(agent: Agent): Draft {
  return { ...draftOf(agent), name: "" };
}

export const paramsOf = (strategy: StrategyItem | undefined): readonly NamedField[] =>
  strategy ? fieldsOf(strategy.params) : [];

/** The body for an agent that is not of the house. */
export const profileOf = ({ name, personality }: Draft) => ({ name: name.trim(), personality: personality.trim() });

/** The body of the request. The API checks the values. */
export function bodyOf(draft: Draft, strategy: StrategyItem | undefined) {
  const { max_trades_per_round, ...shares } = draft.limits;
  const limits = {
    ...shares,
    ...(max_trades_per_round === undefined ? {} : { max_trades_per_round: Number(max_trades_per_round) }),
  };
  const params = Object.fromEntries(
    paramsOf(strategy).flatMap(({ name }) => {
      const value = draft.params[name]?.trim() ?? "";
      return value === "" ? [] : [[name, value]];
    }),
  );
  const seconds = draft.thinkingSeconds.trim();
  const config: Config = {
    ...(strategy?.limits === null || Object.keys(limits).length === 0 ? {} : { limits }),
    ...(Object.keys(params).length === 0 ? {} : { params }),
    ...(seconds === "" ? {} : { thinking_seconds: Number(seconds) }),
  };
  return { ...profileOf(draft), strategy: draft.strategy, config };
}
