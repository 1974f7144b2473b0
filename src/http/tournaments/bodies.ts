/** Bodies and queries of the tournaments' routes. */
import { z } from "zod";
import { limits } from "../../core/limits.ts";
import { decimal, text } from "../../core/money.ts";
import { amountField, rulesSchema } from "../../core/rules.ts";
import { symbolField } from "../../core/symbol.ts";
import { marketNames } from "../../core/venue-names.ts";
import { booleanQuery, decimalField, nameField, timeField, uuidField } from "../request/fields.ts";
import { pageFields } from "../request/paging.ts";

const AGENT_IDS_MAX = 10_000;

const unique = (values: readonly string[], ctx: z.core.$RefinementCtx<string[]>) => {
  const seen = new Set<string>();
  for (const [i, value] of values.entries()) {
    if (seen.has(value)) ctx.addIssue({ code: "custom", path: [i], message: "is in the list twice" });
    seen.add(value);
  }
};

const agentIds = z.array(uuidField).max(AGENT_IDS_MAX).superRefine(unique);
/** As a decimal: a float takes what is 1e-8 above it for the same. */
const CASH_MAX = decimal("1000000000000");
const cash = decimalField
  .refine((amount) => Number(amount) > 0, "must be more than 0")
  .refine((amount) => decimal(amount).lte(CASH_MAX), `must be at most ${text(CASH_MAX)}`);
const prize = amountField(/^\d{1,15}(\.\d{1,2})?$/, 'must be a decimal of at most 2 places such as "1000.50"');

const fields = {
  name: nameField,
  symbols: z.array(symbolField).min(1).max(limits.symbolsMax).superRefine(unique),
  starts_at: timeField,
  ends_at: timeField,
  interval_seconds: z.int().min(limits.intervalSecondsMin).max(limits.intervalSecondsMax),
  /** In quote currency. */
  starting_cash: cash,
  rules: rulesSchema,
  prize_pool: prize,
};

export const tournamentBody = z.strictObject({
  ...fields,
  market: z.enum(marketNames),
  starting_cash: cash.default("500"),
  rules: rulesSchema.prefault({}),
  prize_pool: prize.default("0"),
  agent_ids: agentIds.default([]),
});
/** `rules` here is a patch as well: what it doesn't name keeps its value. */
export const tournamentPatchBody = z.strictObject({ ...fields, rules: z.record(z.string(), z.unknown()) }).partial();
export const initializeBody = z.strictObject({ agent_ids: z.array(uuidField).min(1).max(AGENT_IDS_MAX) });

export type TournamentBody = z.infer<typeof tournamentBody>;
export type TournamentPatchBody = z.infer<typeof tournamentPatchBody>;

/** `dry_run` answers what would be made, and makes nothing. */
export const tournamentCreateQuery = z.strictObject({ dry_run: booleanQuery.default(false) });
export const tournamentStatuses = ["upcoming", "live", "paused", "completed", "cancelled"] as const;
export const tournamentListQuery = z.strictObject({
  ...pageFields,
  status: z.enum(tournamentStatuses).optional(),
});
