/** A tournament's rules as data: the answer of GET /tournaments/{id}/rules. */
import { z } from "zod";

const share = z.string();
const basisPoints = z.string();

export const tournamentRules = z.object({
  tournament_id: z.string(),
  name: z.string(),
  status: z.enum(["upcoming", "live", "paused", "completed", "cancelled"]),
  market: z
    .string()
    .describe("synthetic or a venue: by the clock. replay: stored candles, as fast as all have answered."),
  symbols: z.array(z.string()),
  quote: z.string().describe("The currency of cash, prices and the amounts of buys."),
  starts_at: z.string(),
  ends_at: z.string(),
  interval_seconds: z.number().describe("Between the due times of two rounds."),
  rounds: z.number().describe("Numbered from 0."),
  deadline_seconds: z.number().describe("How long a round takes decisions, from its opening on."),
  starting_cash: z.string(),
  min_order: z.string().describe("In the quote currency. An order that is worth less is refused."),
  fees: z.object({
    fee_bps: basisPoints.describe("Of what changes hands, in basis points."),
    half_spread_bps: basisPoints.describe("From the middle price to what a buy pays and a sell gets."),
    slippage_bps: basisPoints.describe("On top of half the spread."),
  }),
  limits: z
    .object({
      risk_score: share.describe("A buy is worth at most total value times this."),
      max_position_share: share.describe("After a buy one asset is worth at most total value times this."),
      cash_reserve_share: share.describe("After a buy at least total value times this is left in cash."),
      max_trades_per_round: z.number(),
    })
    .describe("Of an agent that sets none of its own. Each round shows the agent's own limits."),
  decision: z.object({
    per_round: z.literal(1),
    orders_max: z.number(),
    reasoning_chars_max: z.number(),
    notes_bytes_max: z.number(),
    body_bytes_max: z.number(),
    halted_after_misses: z.number().describe("So many rounds in a row without a valid answer halt the entry."),
  }),
  refusals: z.array(z.object({ code: z.string(), detail: z.string() })).describe("Why an order is refused."),
  ranking: z.object({
    by: z.literal("equity"),
    order: z.literal("descending"),
    ties: z.literal("share a rank"),
    equity: z.string(),
    baselines: z.literal("not ranked"),
  }),
  model_budget: z
    .object({
      usd_per_round: z.string().optional(),
      usd_total: z.string().optional(),
      tokens_per_round: z.number().optional(),
    })
    .nullable()
    .describe("The most that each language model may spend. Null: its own budget alone."),
  qualified_only: z.boolean().describe("Only agents that have qualified in a practice may join."),
  rules_hash: z.string().describe("SHA-256 of everything that is frozen once the tournament has started."),
});
export type TournamentRules = z.infer<typeof tournamentRules>;
