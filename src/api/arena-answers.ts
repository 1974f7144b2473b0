/**
 * The answers of the arena's paths, as zod schemas. A test compares the routes' answers with them, and the pages take their
 * types from here. Money and quantities are decimal strings; ratios are numbers.
 */
import { z } from "zod";
import { roles } from "../core/access/roles.ts";

const money = z.string();
const time = z.string();
const id = z.string();

/** An item of GET /tournaments/{id}/leaderboard[?round=n], highest equity first. */
export const leaderboardItem = z.object({
  /** Null for baselines. Ties share a rank. */
  rank: z.number().nullable(),
  /** Ranks won (positive) or lost since the settled round before. Null for baselines, and for an entry without a rank then. */
  rank_change: z.number().nullable(),
  agent_id: id,
  agent: z.string(),
  baseline: z.boolean(),
  /** A withdrawn entry has left; its equity is that of its last round. */
  status: z.enum(["active", "withdrawn"]),
  equity: money,
  /** 0.05 is 5 %. */
  return: z.number(),
  /** Zero or negative: −0.1 is 10 % below the peak. */
  max_drawdown: z.number().nullable(),
  sharpe: z.number().nullable(),
  /** On so many returns the Sharpe ratio stands, over so many days of the market's time. */
  rounds: z.number(),
  market_days: z.number(),
  trades: z.number(),
  fees: money,
  /** equity − starting cash, with its sign. */
  profit: money,
  /** Profit of closed trades (sells, less the cost of what they sold), with its sign. */
  realized_profit: money,
  /** The share of closed trades with a profit; null without a closed trade. */
  win_rate: z.number().nullable(),
  closed_trades: z.number(),
  /** The profit (loss) of the best (worst) closed trade, with its sign; null while no closed trade is above (below) zero. */
  biggest_win: money.nullable(),
  biggest_loss: money.nullable(),
});
export type LeaderboardItem = z.infer<typeof leaderboardItem>;

/**
 * GET /tournaments/{id}/equity?max_points=2..2000 (300)&from_round=&agent_id=: the equity of every entry at settled
 * rounds, in columns: `equity[i]` of a series belongs to `rounds[i]` and `times[i]`. If there are more rounds than max_points,
 * they are thinned evenly; the last settled round is always included. Before its first round an entry has null.
 */
export const equityAnswer = z.object({
  tournament_id: id,
  /** What every entry has before its first round, at `starts_at`. */
  starting_cash: money,
  starts_at: time,
  interval_seconds: z.number(),
  /** How many settled rounds there are to take points from. */
  settled_rounds: z.number(),
  /** How many entries the tournament has. `series` has at most the first 1,000, every baseline among them. */
  entries: z.number(),
  rounds: z.array(z.number()),
  /** When each round was due. */
  times: z.array(time),
  /** In the order in which the entries joined. Equity is rounded, by at most a hundred-thousandth of the starting cash. */
  series: z.array(
    z.object({ agent_id: id, agent: z.string(), baseline: z.boolean(), equity: z.array(money.nullable()) }),
  ),
});
export type EquityAnswer = z.infer<typeof equityAnswer>;

const orderItem = z.object({
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

/** A decision in GET /tournaments/{id}/decisions. */
export const decisionItem = z.object({
  round: z.number(),
  due_at: time,
  entry_id: id,
  agent_id: id,
  agent: z.string(),
  outcome: z.enum(["made", "held"]),
  /** Plain text. Null after its retention has ended. */
  reasoning: z.string().nullable(),
  confidence: z.number().nullable(),
  decided_at: time,
  orders: z.array(orderItem),
});
export type DecisionItem = z.infer<typeof decisionItem>;

/** A decision that was owed and did not come before its round closed. */
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

/** An item of GET /tournaments/{id}/decisions[?agent_id=]: the newest round first, ordered by entry within a round. */
export const logItem = z.discriminatedUnion("outcome", [decisionItem, missItem]);
export type LogItem = z.infer<typeof logItem>;

/** An item of GET /tournaments/{id}/positions[?agent_id=]: one for each entry, in the order in which they joined. */
export const positionItem = z.object({
  agent_id: id,
  agent: z.string(),
  baseline: z.boolean(),
  cash: money,
  /** The value of cash and positions at the prices given here. */
  equity: money,
  positions: z.array(
    z.object({
      side: z.literal("long"),
      symbol: z.string(),
      quantity: money,
      /** What was paid for the quantity, fees included. */
      cost: money,
      /** Null while the market has no price. Then notional and unrealised are null too. */
      price: money.nullable(),
      notional: money.nullable(),
      /** notional − cost, with its sign. */
      unrealised: money.nullable(),
    }),
  ),
});
export type PositionItem = z.infer<typeof positionItem>;

/**
 * GET /session answers this. POST /session {key} answers it too and sets the cookie (401 auth.wrong_key, 429
 * auth.too_many_attempts). DELETE /session ends the session and answers 204. A write by cookie needs the header
 * `x-agonus-session: 1`, or it is refused: 403 auth.cross_site.
 */
export const sessionAnswer = z.object({
  /** Whether the caller may do what operators do: the role operator or admin. */
  operator: z.boolean(),
  /** Null for anyone without a key or session. */
  role: z.enum(roles).nullable(),
  name: z.string().nullable(),
  /** The agent that the caller acts for, with the role agent. */
  agent_id: id.nullable(),
  /** The key that signed in. Null for the operator key, which has no row. */
  key_id: z.string().nullable(),
  /** When the session ends. Null without a session, and for a key in the header, which does not expire. */
  expires_at: time.nullable(),
});
export type SessionAnswer = z.infer<typeof sessionAnswer>;

/** POST /tournaments?dry_run=true answers 200 and creates nothing. Faulty input is answered as by the creation itself. */
export const preflightAnswer = z.object({
  rounds: z.number(),
  entries: z.number(),
  first_due_at: time,
  last_due_at: time,
  /** Null in a replay, which has no deadlines. */
  last_deadline_at: time.nullable(),
  /** Decisions that are owed over all rounds: entries × rounds. */
  decisions: z.number(),
  /** Queue messages of all rounds, without those that are sent again. */
  messages: z.object({ decide: z.number(), fill: z.number(), total: z.number() }),
  times: z.object({
    interval_seconds: z.number(),
    /** How many seconds pass on the market in one real second. */
    market_clock: z.number(),
    /** From the due time to the deadline; null in a replay. */
    window_seconds: z.number().nullable(),
    /** Over how long a round's decisions are spread; null in a replay. */
    jitter_seconds: z.number().nullable(),
  }),
  /** The time that a round needs, and the time that it has. With a `load` above 1 the creation is refused. Null in a replay. */
  capacity: z.object({ needs_seconds: z.number(), has_seconds: z.number(), load: z.number() }).nullable(),
  /** What the platform bills, in US dollars, before the allowance of a plan. */
  cost: z.object({
    total_usd: z.number(),
    items: z.array(z.object({ what: z.string(), quantity: z.number(), usd: z.number() })),
  }),
  warnings: z.array(z.string()),
  /** The first 20 agents that would take part in vain. Each one's `warning` is among the warnings. */
  misfits: z.array(z.object({ agent_id: id, agent: z.string(), warning: z.string() })),
});
export type PreflightAnswer = z.infer<typeof preflightAnswer>;
