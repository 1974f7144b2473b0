/** What a model's tokens cost. Dollars are decimal strings; null: the price is unknown. */
import type { ModelConfig } from "../../core/agents/model-config.ts";
import { decimal, text } from "../../core/money.ts";

export interface Tokens {
  readonly input: number;
  readonly output: number;
}

/** `at`: some models have other prices at other times of the day. Without it, now. */
export type PriceOf = (tokens: Tokens, at?: Date) => string | null;

const PLACES = 12;
const MILLION = decimal("1000000");

/** The price table is loaded when the first model without prices of its own needs it. */
export async function pricesOf({ provider, prices, base_url, model }: ModelConfig): Promise<PriceOf> {
  if (prices) {
    const input = decimal(prices.input_usd_per_million);
    const output = decimal(prices.output_usd_per_million);
    return (tokens) =>
      text(
        input
          .times(decimal(String(tokens.input)))
          .plus(output.times(decimal(String(tokens.output))))
          .div(MILLION)
          .round(PLACES),
      );
  }
  const { calcPrice } = await import("@pydantic/genai-prices");
  return (tokens, timestamp) => {
    const usage = { input_tokens: tokens.input, output_tokens: tokens.output };
    // An address that the table does not know may still serve a model whose name says its maker: openai/gpt-4o. That would be a guess.
    const seller = provider === "workers-ai" ? { providerId: "cloudflare" } : { providerApiUrl: base_url ?? "" };
    const price = calcPrice(usage, model, { ...seller, ...(timestamp ? { timestamp } : {}) });
    return price === null ? null : text(decimal(price.total_price.toFixed(PLACES)));
  };
}

export async function isPriceKnown(config: ModelConfig): Promise<boolean> {
  return (await pricesOf(config))({ input: 1, output: 1 }) !== null;
}
