/**
 * What the arena's paths answer, as zod schemas: the routes answer in these shapes (a test holds them against the
 * schemas), and the pages take their types from here. Money and quantities are decimal strings, ratios numbers.
 */
import { z } from "zod";

const money = z.string();
const time = z.string();
const id = z.string();

/** An item of GET /tournaments/{id}/leaderboard[?round=n], highest equity first. */
export const leaderboardItem = z.object({
  /** Null for baselines. Ties share a rank. */
  rank: z.number().nullable(),
  /** Against the settled round before: positive is up. Null for baselines, and for who was not there. */
  rank_change: z.number().nullable(),
  agent_id: id,
  agent: z.string(),
  baseline: z.boolean(),
  /** Withdrawn: it has left, with the equity of its last round. */
  status: z.enum(["active", "withdrawn"]),
  equity: money,
  /** 0.05 is 5 %. */
  return: z.number(),
  /** Zero or negative: −0.1 is 10 % below the peak. */
  max_drawdown: z.number().nullable(),
  sharpe: z.number().nullable(),
  trades: z.number(),
  fees: money,
  /** equity − starting cash, with its sign. */
  profit: money,
  /** Profit of closed trades (sells, less the cost of what they sold), with its sign. */
  realized_profit: money,
  /** Of closed trades; null while there is none. */
  win_rate: z.number().nullable(),
  closed_trades: z.number(),
  /** Of a single closed trade, with its sign: null while there is none above (below) zero. */
  biggest_win: money.nullable(),
  biggest_loss: money.nullable(),
});
export type LeaderboardItem = z.infer<typeof leaderboardItem>;

/**
 * GET /tournaments/{id}/equity?max_points=2..2000 (300)&from_round=&agent_id=: the equity of every entry at settled
 * rounds, in columns: `equity[i]` of a series belongs to `rounds[i]` and `times[i]`. Thinned evenly when there are more
 * than max_points; the last settled round is always there. Before its first round an entry has null.
 */
export const equityAnswer = z.object({
  tournament_id: id,
  /** What every entry has before its first round, at `starts_at`. */
  starting_cash: money,
  starts_at: time,
  interval_seconds: z.number(),
  /** Settled rounds that the points were taken from. */
  settled_rounds: z.number(),
  /** Of the tournament: `series` are the first 1,000 at most, every baseline among them. */
  entries: z.number(),
  rounds: z.array(z.number()),
  /** When each round was due. */
  times: z.array(time),
  /** In the order in which the entries joined. Equity is rounded to a hundred-thousandth of the starting cash at most. */
  series: z.array(
    z.object({ agent_id: id, agent: z.string(), baseline: z.boolean(), equity: z.array(money.nullable()) }),
  ),
});
export type EquityAnswer = z.infer<typeof equityAnswer>;

export const orderItem = z.object({
  seq: z.number(),
  side: z.enum(["buy", "sell"]),
  symbol: z.string(),
  /** BUY: quote currency to spend. SELL: base quantity. */
  amount: money,
  confidence: z.number().nullable(),
  state: z.enum(["open", "filled", "refused", "dropped"]),
  /** Why it was refused (docs/errors.md). */
  code: z.string().nullable(),
  refused_at: z.enum(["decision", "fill"]).nullable(),
  fill: z.object({ quantity: money, price: money, fee: money, cash_change: money }).nullable(),
});
export type OrderItem = z.infer<typeof orderItem>;

/** A decision in GET /tournaments/{id}/decisions. */
export const decisionItem = z.object({
  round: z.number(),
  due_at: time,
  entry_id: id,
  agent_id: id,
  agent: z.string(),
  outcome: z.enum(["made", "held"]),
  /** Null once its retention is over. Plain text. */
  reasoning: z.string().nullable(),
  confidence: z.number().nullable(),
  decided_at: time,
  orders: z.array(orderItem),
});
export type DecisionItem = z.infer<typeof decisionItem>;

/** A decision that was owed, and not there when its round closed. */
export const missItem = z.object({
  round: z.number(),
  due_at: time,
  entry_id: id,
  agent_id: id,
  agent: z.string(),
  outcome: z.literal("missed"),
  /** A code of docs/errors.md. */
  reason: z.string(),
});
export type MissItem = z.infer<typeof missItem>;

/** An item of GET /tournaments/{id}/decisions[?agent_id=], newest round first, by entry within a round. */
export const logItem = z.discriminatedUnion("outcome", [decisionItem, missItem]);
export type LogItem = z.infer<typeof logItem>;

/** An item of GET /tournaments/{id}/positions[?agent_id=]: one an entry, in the order in which they joined. */
export const positionItem = z.object({
  agent_id: id,
  agent: z.string(),
  baseline: z.boolean(),
  cash: money,
  /** Cash and positions at the prices given here. */
  equity: money,
  positions: z.array(
    z.object({
      side: z.literal("long"),
      symbol: z.string(),
      quantity: money,
      /** What was paid for it, fees included. */
      cost: money,
      /** Null while the market has no price: then notional and unrealised are null too. */
      price: money.nullable(),
      notional: money.nullable(),
      /** notional − cost, with its sign. */
      unrealised: money.nullable(),
    }),
  ),
});
export type PositionItem = z.infer<typeof positionItem>;

/**
 * GET /session; POST /session {key} answers the same with the cookie (401 auth.wrong_key, 429 auth.too_many_attempts);
 * DELETE /session ends it: 204. Writes by cookie need the header `x-agonus-session: 1`, else 403 auth.cross_site.
 */
export const sessionAnswer = z.object({
  operator: z.boolean(),
  /** Null without a session (a key in the header has no end). */
  expires_at: time.nullable(),
});
export type SessionAnswer = z.infer<typeof sessionAnswer>;

/** POST /tournaments?dry_run=true: 200, and nothing is made. Input at fault answers as the creation would. */
export const preflightAnswer = z.object({
  rounds: z.number(),
  entries: z.number(),
  first_due_at: time,
  last_due_at: time,
  /** Null in a replay, which has no deadlines. */
  last_deadline_at: time.nullable(),
  /** Owed over all rounds: entries × rounds. */
  decisions: z.number(),
  /** Queue messages over all rounds, repeats aside. */
  messages: z.object({ decide: z.number(), fill: z.number(), total: z.number() }),
  times: z.object({
    interval_seconds: z.number(),
    /** From the due time to the deadline; null in a replay. */
    window_seconds: z.number().nullable(),
    /** Over how long a round's decisions are spread; null in a replay. */
    jitter_seconds: z.number().nullable(),
  }),
  /** What a round needs against what it has. `load` 1 is full: above it the creation is refused. Null in a replay. */
  capacity: z.object({ needs_seconds: z.number(), has_seconds: z.number(), load: z.number() }).nullable(),
  /** What the platform bills, in US dollars, before any allowance of a plan. */
  cost: z.object({
    total_usd: z.number(),
    items: z.array(z.object({ what: z.string(), quantity: z.number(), usd: z.number() })),
  }),
  warnings: z.array(z.string()),
});
export type PreflightAnswer = z.infer<typeof preflightAnswer>;
