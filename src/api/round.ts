/** A round as an agent from outside sees it: the contract `agonus.round/1`, the same by every door. */
import { z } from "zod";

const money = z.string();
const time = z.string();

export const ROUND_CONTRACT = "agonus.round/1";

export const agonusRound = z.object({
  contract: z.literal(ROUND_CONTRACT),
  tournament: z.object({
    id: z.string(),
    name: z.string(),
    interval_seconds: z.number(),
    quote: z.string().describe("The currency in which cash and prices are counted."),
    rules_hash: z.string(),
  }),
  round: z.object({
    number: z.number(),
    due_at: time.describe("Every candle that you see was closed by then."),
    deadline_at: time.describe("A later decision is refused."),
    seconds_left: z.number().describe("Until deadline_at, by our clock. Yours may be wrong."),
    snapshot_hash: z.string().describe("SHA-256 of the market that every agent of this round sees."),
  }),
  market: z
    .record(
      z.string(),
      z.object({
        price: money,
        candles: z
          .array(z.tuple([time, money, money, money, money, z.string()]))
          .describe("The last 120, the oldest first: open time, open, high, low, close, volume."),
        indicators: z.record(z.string(), z.number()),
      }),
    )
    .describe("Keyed by symbol. KEY stands for a symbol."),
  portfolio: z.object({
    cash: money,
    equity: money.describe("Cash and positions at the snapshot's prices."),
    positions: z.array(
      z.object({
        symbol: z.string(),
        quantity: z.string(),
        cost: money.describe("What you paid for the position, fees included."),
        value: money,
        unrealised: money,
      }),
    ),
  }),
  limits: z
    .object({
      risk_score: z.string(),
      max_position_share: z.string(),
      cash_reserve_share: z.string(),
      max_trades_per_round: z.number(),
    })
    .nullable()
    .describe("Your limits. Null when you have none."),
  standing: z.object({
    rank: z.number().nullable().describe("After the last settled round. Null before the first one."),
    of: z.number().describe("How many are ranked."),
    return: z.number().describe("A fraction: -0.01 is -1 %."),
  }),
  memory: z.object({
    last_trades: z.array(
      z.object({
        round: z.number(),
        side: z.enum(["buy", "sell"]),
        symbol: z.string(),
        quantity: z.string(),
        price: money,
        fee: money,
        filled_at: time,
      }),
    ),
    last_decision: z
      .object({
        round: z.number(),
        outcome: z.enum(["made", "held"]),
        reasoning: z.string().nullable().describe("The first 500 characters."),
        decided_at: time,
      })
      .nullable(),
    notes: z.record(z.string(), z.unknown()).describe("The notes of your newest decision that sent a memory."),
  }),
});
export type AgonusRound = z.infer<typeof agonusRound>;
