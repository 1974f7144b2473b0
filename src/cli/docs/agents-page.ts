/** The generated parts of docs/agents.md: the strategies with their limits and parameters, and the example. Pure. */
import { z } from "zod";
import { fieldsOf, typeWords } from "../../core/text/schema-words.ts";
import { limitsOf } from "../../rounds/freeze-entry.ts";
import { strategies } from "../../strategies/registry.ts";
import { paramsOf, type Strategy } from "../../strategies/strategy.ts";

/** What each limit does, in the order of the table. */
const limitWords = {
  risk_score: "a single buy ≤ total value × this",
  max_position_share: "value of one asset after a buy ≤ total value × this",
  cash_reserve_share: "cash left after a buy ≥ total value × this",
  max_trades_per_round: "orders in a round ≤ this",
} as const;

export function strategiesTable(): string {
  return [
    "| `strategy` | `strategy_type` | what it does | parameters |",
    "|---|---|---|---|",
    ...Object.values<Strategy>(strategies).map((strategy) => {
      const { key, type, description } = strategy;
      return `| \`${key}\` | \`${type}\` | ${description} | ${paramWords(strategy)} |`;
    }),
  ].join("\n");
}

function paramWords(strategy: Strategy): string {
  const fields = fieldsOf(z.toJSONSchema(paramsOf(strategy), { io: "input", unrepresentable: "any" }));
  const words = fields.map((field) => `\`${field.name}\`: ${typeWords(field)}${field.required ? ", required" : ""}`);
  return words.length === 0 ? "none" : words.join("; ");
}

/** The limits of every strategy that has some. */
export function limitsTable(): string {
  const keys = Object.keys(limitWords) as (keyof typeof limitWords)[];
  const own = Object.values<Strategy>(strategies).flatMap((strategy) => {
    const limits = limitsOf(strategy);
    return limits === null ? [] : [`| \`${strategy.key}\` | ${keys.map((key) => limits[key]).join(" | ")} |`];
  });
  return [
    "| limit | rule |",
    "|---|---|",
    ...Object.entries(limitWords).map(([key, words]) => `| \`${key}\` | ${words} |`),
    "",
    "An agent that sets none has those of its strategy:",
    "",
    `| strategy | ${keys.map((key) => `\`${key}\``).join(" | ")} |`,
    `|---|${keys.map(() => "---|").join("")}`,
    ...own,
  ].join("\n");
}

/** The code as it stands in src/strategies. `code`: that of docs/examples, whose imports go by another way. */
export function exampleStrategy(code: string): string {
  return ["```ts", code.trimEnd().replaceAll("../../src/strategies/", "./"), "```"].join("\n");
}
