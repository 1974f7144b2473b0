import type { Agent } from "../../api/answers.ts";

/** The only symbol that the agent would buy, where it is not among these; null when the agent fits. Operators alone can know. */
export function missingSymbol(agent: Agent, symbols: readonly string[]): string | null {
  const params = agent.config?.params;
  const symbol = typeof params === "object" && params !== null && "symbol" in params ? params.symbol : null;
  return typeof symbol === "string" && !symbols.includes(symbol) ? symbol : null;
}
