/** A tournament's rules and an entry's limits: frozen, parsed once, read by strategies, checks, fills and the ledger. */
import { z } from "zod";

/** A non-negative decimal string; at most 20 digits before and 12 after the point. */
export const decimalText = z.string().regex(/^\d{1,20}(\.\d{1,12})?$/, 'must be a decimal string such as "12.5"');

/** Shares and basis points come as JSON numbers or strings; they are kept as decimal strings. */
const share = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^(0(\.\d{1,8})?|1(\.0{1,8})?)$/, "must be a share between 0 and 1"));
const basisPoints = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,4}(\.\d{1,4})?$/, "must be between 0 and 9999 basis points"));
/** Half spread and slippage together stay below 100 %, or a sell's price would be zero or negative. */
const priceMove = basisPoints.refine((text) => Number(text) < 5000, "must be below 5000 basis points");

export const rulesSchema = z
  .object({
    fee_bps: basisPoints.default("10"),
    half_spread_bps: priceMove.default("2"),
    slippage_bps: priceMove.default("3"),
    /** In quote currency. */
    min_order: decimalText.default("1"),
    /** Feeds everything random: the synthetic market and the random baseline. */
    seed: z.union([z.string(), z.number()]).transform(String).pipe(z.string().min(1).max(64)).default("1"),
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
