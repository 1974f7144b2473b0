/** What an agent answered, made safe to store. Agents aren't trusted: house strategies pass here too. */
import { type Mind, mindSchema } from "../core/agents/mind.ts";
import { type CheckedOrder, checkOrders } from "../core/checks.ts";
import { CodedError } from "../core/error-codes.ts";
import { limits as caps } from "../core/limits.ts";
import { type Limits, limitsSchema, type Rules, rulesSchema } from "../core/rules.ts";
import { canonicalJson, sha256Hex } from "../core/text/canonical.ts";
import type { DecisionContext, EntryContext } from "../db/statements/decisions/context.ts";
import type { AnswerRow } from "../db/statements/decisions/write.ts";

export interface ParsedChoice {
  readonly orders: readonly unknown[];
  readonly reasoning: string;
  readonly confidence: number;
  readonly memory: Record<string, unknown> | null;
  /** Set for a language model whose memory is stored. */
  readonly mind?: Mind;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Throws agent.failed where it isn't `{orders, reasoning, confidence, memory?}`. */
export function parseChoice(value: unknown): ParsedChoice {
  if (!isRecord(value) || !Array.isArray(value.orders)) {
    throw new CodedError("agent.failed", "The agent's answer has no list of orders.");
  }
  const { reasoning, confidence, memory, mind } = value;
  const memoryText = isRecord(memory) ? JSON.stringify(memory) : null;
  if (memoryText !== null && (memoryText.length > caps.memoryBytesMax || memoryText.includes("\\u0000"))) {
    throw new CodedError("agent.failed", `The agent's memory is over ${caps.memoryBytesMax} bytes or holds a NUL.`);
  }
  return {
    orders: value.orders,
    reasoning:
      typeof reasoning === "string"
        ? reasoning.slice(0, caps.reasoningCharsMax).replaceAll("\0", "").toWellFormed()
        : "",
    confidence: typeof confidence === "number" && confidence >= 0 && confidence <= 1 ? confidence : 0,
    memory: isRecord(memory) ? memory : null,
    ...(mind === undefined ? {} : { mind: parseMind(mind) }),
  };
}

function parseMind(value: unknown): Mind {
  const parsed = mindSchema.safeParse(value);
  if (!parsed.success)
    throw new CodedError("agent.failed", "The agent's theses and plan steps are not of their shape.");
  return parsed.data;
}

/** Parsed once for each batch that read them, not once an entry and use: a batch asks for them hundreds of times. */
const parsedRules = new WeakMap<object, Rules>();
const parsedLimits = new WeakMap<object, Limits>();

export function rulesOf({ rules }: Pick<DecisionContext, "rules">): Rules {
  return known(parsedRules, rules, () => rulesSchema.parse(rules));
}

export function entryLimits({ limits }: EntryContext): Limits | null {
  return limits === null ? null : known(parsedLimits, limits, () => limitsSchema.parse(limits));
}

function known<V>(map: WeakMap<object, V>, key: object, parse: () => V): V {
  const before = map.get(key);
  if (before !== undefined) return before;
  const value = parse();
  map.set(key, value);
  return value;
}

/** The answer's orders checked against the account that it was decided upon. */
export function checkChoice(
  context: DecisionContext,
  entry: EntryContext,
  choice: ParsedChoice,
  prices: Readonly<Record<string, string>>,
  rules: Rules,
): CheckedOrder[] {
  return checkOrders({
    account: { cash: entry.cash, positions: entry.positions ?? {} },
    orders: choice.orders,
    prices,
    rules,
    limits: entryLimits(entry),
    symbols: context.symbols,
  });
}

/** The stored form of an order. */
export function orderRows(checked: readonly CheckedOrder[]): AnswerRow["orders"] {
  return checked.map(({ seq, order, state, code }) => ({
    seq,
    side: order.side,
    symbol: order.symbol,
    amount: order.amount,
    confidence: order.confidence ?? null,
    state,
    code: code ?? null,
  }));
}

/** Identifies an answer's content: two answers that differ in any stored part have different hashes. */
export function hashDetails(choice: ParsedChoice, orders: AnswerRow["orders"]): Promise<string> {
  return sha256Hex(
    canonicalJson({
      orders,
      reasoning: choice.reasoning,
      confidence: choice.confidence,
      memory: choice.memory,
      ...(choice.mind ? { mind: choice.mind } : {}),
    }),
  );
}
