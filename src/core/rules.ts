/** A tournament's rules and an entry's limits: frozen, parsed once, read by strategies, checks, fills and the ledger. */
import { z } from "zod";
import { plainDecimal } from "./text/canonical.ts";
import { plainNumber } from "./text/json-text.ts";
import { venueNames } from "./venue-names.ts";

/** A non-negative decimal string; at most 20 digits before and 12 after the point. */
export const decimalText = z.string().regex(/^\d{1,20}(\.\d{1,12})?$/, 'must be a decimal string such as "12.5"');

/** The text as written, its zeros included. It may be longer than any amount; the pattern of the field decides afterwards. */
const WRITTEN = /^\d{1,60}(\.\d{1,60})?$/;

/**
 * An amount, share or rate, as a JSON number or as text: 10, "10", "10.0" and "010" are one value, kept as "10". `pattern`
 * holds for the text that is kept.
 */
export function amountField(pattern: RegExp, message: string) {
  return z
    .union([z.string(), z.number()], { error: ({ input }) => (input === undefined ? undefined : message) })
    .transform((value) => (typeof value === "number" ? plainNumber(value) : value))
    .pipe(z.string().regex(WRITTEN, message).transform(plainDecimal).pipe(z.string().regex(pattern, message)));
}

const share = amountField(/^(0(\.\d{1,8})?|1)$/, "must be a share between 0 and 1");
const basisPoints = amountField(/^\d{1,4}(\.\d{1,4})?$/, "must be between 0 and 9999 basis points");
/** Half spread and slippage together stay below 100 %, or a sell's price would be zero or negative. */
const priceMove = basisPoints.refine((text) => Number(text) < 5000, "must be below 5000 basis points");

export const usdField = amountField(/^\d{1,9}(\.\d{1,9})?$/, 'must be an amount of dollars such as "0.25"');

/** What an entry with a language model may spend. */
export const modelBudgetSchema = z.strictObject({
  usd_per_round: usdField.optional(),
  usd_total: usdField.optional(),
  tokens_per_round: z.number().int().min(1).max(1_000_000_000).optional(),
});
export type ModelBudget = z.infer<typeof modelBudgetSchema>;

export const rulesSchema = z
  .object({
    fee_bps: basisPoints.default("10"),
    half_spread_bps: priceMove.default("2"),
    slippage_bps: priceMove.default("3"),
    /** In quote currency. */
    min_order: amountField(/^\d{1,20}(\.\d{1,12})?$/, 'must be a decimal such as "12.5"').default("1"),
    /** Feeds everything random: the synthetic market and the random baseline. */
    seed: z.union([z.string(), z.number()]).transform(String).pipe(z.string().min(1).max(64)).default("1"),
    /** A live venue: in which order venues are asked, the tournament's own first. Without it, no other one is. */
    venues: z.array(z.enum(venueNames)).min(1).max(venueNames.length).optional(),
    /**
     * Replay: how many seconds of real time an agent from outside has for its answer. Without it they are 60. It has no
     * default here, so that the rules of a tournament without such agents, and their hash, stay as they are.
     */
    answer_seconds: z.number().int().min(1).max(3600).optional(),
    /** Only agents that have qualified in a practice may join. Without it everybody may; it has no default for the same reason. */
    qualified_only: z.boolean().optional(),
    /** The most that each entry with a language model may spend. An agent's own budget may be lower. */
    model_budget: modelBudgetSchema.optional(),
    /** Replay: the id of an imported candle source; without it, the newest one that has the symbols. */
    candle_source: z.string().max(100).optional(),
  })
  .strict();
export type Rules = z.infer<typeof rulesSchema>;

/** What an agent may do. Baselines have none: they keep to their cash alone. */
export const limitsSchema = z
  .object({
    /** A single buy ≤ total value × this. */
    risk_score: share,
    /** Value of one asset after a buy ≤ total value × this. */
    max_position_share: share,
    /** Cash left after a buy ≥ total value × this. */
    cash_reserve_share: share,
    max_trades_per_round: z.number().int().min(0).max(100),
  })
  .strict();
export type Limits = z.infer<typeof limitsSchema>;
