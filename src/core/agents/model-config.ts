/** How an agent of the kind llm thinks: `config.llm`. Frozen in an entry's params at joining. */
import { z } from "zod";
import { type ModelBudget, modelBudgetSchema, usdField } from "../rules.ts";

/** Tools that an author may choose. `submit_decision` is always there. */
export const modelTools = [
  "get_price",
  "get_candles",
  "get_indicator",
  "get_portfolio",
  "get_memory",
  "write_note",
  "plan_step",
  "cancel_plan_step",
] as const;
export type ModelTool = (typeof modelTools)[number];

const MODEL_DEFAULTS = { max_steps: 20, timeout_seconds: 120, max_output_tokens: 2000 } as const;

const INSTRUCTIONS_BYTES_MAX = 8192;
const bytesOf = (text: string) => new TextEncoder().encode(text).byteLength;

/** workers-ai: the Worker's own binding, which a deployment has. All others are reached by an address. */
const modelProviders = ["openai-compatible", "workers-ai"] as const;

const fields = z.strictObject({
  provider: z.enum(modelProviders).default("openai-compatible"),
  /** The address before /chat/completions. Workers AI has none. */
  base_url: z.string().max(2000).optional(),
  model: z.string().min(1).max(200),
  /** The name of a Worker secret. Another name is refused: an author could have any secret sent to a server of his own. */
  key_secret: z
    .string()
    .regex(/^LLM_KEY_[A-Z0-9_]{1,100}$/, "must be the name of a secret that begins with LLM_KEY_")
    .optional(),
  instructions: z
    .string()
    .default("")
    .refine((text) => bytesOf(text) <= INSTRUCTIONS_BYTES_MAX, `must be at most ${INSTRUCTIONS_BYTES_MAX} bytes`)
    .refine((text) => !text.includes("\0") && text.isWellFormed(), "must be text without NUL"),
  tools: z
    .array(z.enum(modelTools))
    .max(modelTools.length)
    .default([...modelTools]),
  max_steps: z.number().int().min(1).max(50).default(MODEL_DEFAULTS.max_steps),
  timeout_seconds: z.number().min(1).max(600).default(MODEL_DEFAULTS.timeout_seconds),
  temperature: z.number().min(0).max(2).optional(),
  max_output_tokens: z.number().int().min(1).max(100_000).default(MODEL_DEFAULTS.max_output_tokens),
  budget: modelBudgetSchema.default({}),
  /** Dollars for a million tokens. Without them the price of a known model is looked up. */
  prices: z.strictObject({ input_usd_per_million: usdField, output_usd_per_million: usdField }).optional(),
});

export const modelConfigSchema = fields.superRefine(({ provider, base_url, key_secret, model }, { addIssue }) => {
  const refuse = (path: keyof ModelConfig, message: string) => addIssue({ code: "custom", path: [path], message });
  if (provider === "openai-compatible") {
    if (base_url === undefined) refuse("base_url", "is needed, or the provider workers-ai");
    return;
  }
  const none = "is not for workers-ai: the Worker reaches its models by a binding of its own";
  if (base_url !== undefined) refuse("base_url", none);
  if (key_secret !== undefined) refuse("key_secret", none);
  if (!/^@(cf|hf)\/./.test(model)) refuse("model", "must be a model of Workers AI, whose name begins with @cf/");
});
export type ModelConfig = z.infer<typeof fields>;

/** Whether a budget counts dollars, for which the model's price must be known. */
export function countsDollars({ usd_per_round, usd_total }: ModelBudget): boolean {
  return usd_per_round !== undefined || usd_total !== undefined;
}

/** The tighter of two budgets, member by member. */
export function tighterBudget(own: ModelBudget, rules: ModelBudget | undefined): ModelBudget {
  if (!rules) return own;
  const least = <T extends string | number>(a: T | undefined, b: T | undefined) =>
    a === undefined || (b !== undefined && Number(b) < Number(a)) ? b : a;
  const budget = {
    usd_per_round: least(own.usd_per_round, rules.usd_per_round),
    usd_total: least(own.usd_total, rules.usd_total),
    tokens_per_round: least(own.tokens_per_round, rules.tokens_per_round),
  };
  return modelBudgetSchema.parse(JSON.parse(JSON.stringify(budget)));
}
