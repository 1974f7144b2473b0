/**
 * The live feed of a tournament: GET /tournaments/{id}/feed, upgraded to a WebSocket. The server sends frames, one JSON
 * text each; a client sends nothing but the text "ping", which is answered "pong" without waking anybody.
 *
 *   connect                      a welcome with the present state, then a step whenever something has happened
 *   connect ?resume=TOKEN        a welcome with resumed: true, then every step after TOKEN, then as above
 *   … TOKEN too old or foreign   a reset, then a welcome: what the page holds is out of date, so it reads by REST again
 *
 * A client connects first, then reads by REST, then applies the events that came meanwhile. Every event states how things
 * are, and none is a difference to be added up. So applying an event twice, or one that REST already told, changes nothing.
 * `seq` rises by one from step to step. After a gap the client opens the socket anew with its last token. An event of an
 * older round than the page shows is history: the page appends it and does not take it for the newest state.
 *
 * While a round is open, the feed tells only how many and who have decided.
 *
 * Lists are cut at their end when a step is too large for the number of spectators. The numbers beside them (`made`, `total`,
 * …) still say how much there is, and the REST paths have all of it.
 */
import { z } from "zod";
import { decisionItem, leaderboardItem } from "./arena-answers.ts";

/** Between the Arena and the Worker: what is full, `address` or `tournament`. */
export const FULL_HEADER = "x-agonus-full";

const money = z.string();
const time = z.string();
const id = z.string();

/** How many decisions of a round the feed carries, those with orders first. The others are read by REST when needed. */
export const FEED_DECISIONS_MAX = 100;
/** How many of each a round's `fills` event carries: fills, refusals at the fill, entries whose positions changed. */
export const FEED_FILLS_MAX = 200;
/** How many places of the leaderboard are sent. Baselines are sent besides. */
export const FEED_BOARD_MAX = 100;
/** How many entries an equity event has, from the top. Baselines are sent besides. */
export const FEED_EQUITY_MAX = 1000;
/** With more participants the progress of a round is only a count. */
export const FEED_PROGRESS_MAX = 1000;
/** Reasoning is cut here; `reasoning_cut` says so, and the whole text is in GET /tournaments/{id}/decisions. */
export const FEED_REASONING_CHARS_MAX = 500;

/** The tournament's state, dates or entries changed. After a change of entries, read GET …/agents again. */
const tournamentEvent = z.object({
  type: z.literal("tournament"),
  status: z.enum(["upcoming", "live", "paused", "completed", "cancelled"]),
  starts_at: time,
  ends_at: time,
  started_at: time.nullable(),
  paused_at: time.nullable(),
  resumed_at: time.nullable(),
  ended_at: time.nullable(),
  /** Why Agonus itself cancelled the tournament: a code of docs/errors.md. */
  ended_reason: z.string().nullable().default(null),
  entries: z.number(),
  winner: z.object({ agent_id: id, agent: z.string() }).nullable(),
});

/** The present state of a round. A fast round may pass several states between two steps, so every state's time is included. */
const roundEvent = z.object({
  type: z.literal("round"),
  number: z.number(),
  state: z.enum(["scheduled", "open", "closed", "quoted", "settled", "skipped"]),
  due_at: time,
  /** Null in a replay. */
  deadline_at: time.nullable(),
  opened_at: time.nullable(),
  closed_at: time.nullable(),
  quoted_at: time.nullable(),
  settled_at: time.nullable(),
  skip_reason: z.string().nullable(),
  participants: z.number(),
  decided: z.number(),
});

/**
 * Who has decided in a round. It is sent while the round is open. A welcome has it after the close too, for spectators who come
 * later. The agents in `agents` have decided, and so have those of earlier events.
 */
const progressEvent = z.object({
  type: z.literal("progress"),
  round: z.number(),
  decided: z.number(),
  participants: z.number(),
  /** The agents that decided since the last such event, or all so far. Empty when they are too many: then only `decided` counts. */
  agents: z.array(id),
});

/** Sent once, when a round has closed. Refused orders have the state "refused" and a code. Fills come in the `fills` event. */
const decisionsEvent = z.object({
  type: z.literal("decisions"),
  round: z.number(),
  due_at: time,
  made: z.number(),
  held: z.number(),
  missed: z.number(),
  /** At most FEED_DECISIONS_MAX of made + held. Empty when `thinned`. */
  items: z.array(decisionItem.omit({ round: true, due_at: true }).extend({ reasoning_cut: z.boolean() })),
  /** At most FEED_DECISIONS_MAX misses, each with the code of its reason. */
  misses: z.array(z.object({ agent_id: id, agent: z.string(), reason: z.string() })),
  /** True when rounds pass faster than they can be watched, as in a replay. Their decisions are read by REST. */
  thinned: z.boolean(),
});

/** Sent once, when a round has settled: its trades, the orders refused at the fill, and what the traders hold afterwards. */
const fillsEvent = z.object({
  type: z.literal("fills"),
  round: z.number(),
  /** How many trades the round has. `items` has at most FEED_FILLS_MAX of them, in the form of GET /trades. */
  total: z.number(),
  items: z.array(
    z.object({
      id,
      tournament_id: id,
      round: z.number(),
      agent_id: id,
      agent: z.string(),
      seq: z.number(),
      side: z.enum(["buy", "sell"]),
      symbol: z.string(),
      quantity: money,
      price: money,
      fee: money,
      cash_change: money,
      realized_profit: money.nullable(),
      filled_at: time,
    }),
  ),
  refused: z.array(
    z.object({
      agent_id: id,
      agent: z.string(),
      seq: z.number(),
      side: z.enum(["buy", "sell"]),
      symbol: z.string(),
      amount: money,
      code: z.string(),
    }),
  ),
  /** Everything that each entry which traded holds. It replaces what the page had of that entry. */
  holdings: z.array(
    z.object({
      agent_id: id,
      agent: z.string(),
      cash: money,
      positions: z.array(z.object({ symbol: z.string(), quantity: money, cost: money })),
    }),
  ),
});

/** The equity of entries: `agents[i]` has `equity[i]`. With round null, equity was marked at newer prices since the last round. */
const equityEvent = z.object({
  type: z.literal("equity"),
  round: z.number().nullable(),
  /** The round's due time, or when equity was marked. */
  at: time,
  agents: z.array(id),
  equity: z.array(money),
});

/** The first places of the leaderboard, in the form of GET …/leaderboard. Sent when a round has settled or standings moved. */
const leaderboardEvent = z.object({
  type: z.literal("leaderboard"),
  /** The last settled round; null before the first. */
  round: z.number().nullable(),
  /** How many entries the whole leaderboard has. `items` has at most FEED_BOARD_MAX of them, and every baseline. */
  total: z.number(),
  items: z.array(leaderboardItem),
});

/** The last known price of each symbol. */
const pricesEvent = z.object({
  type: z.literal("prices"),
  prices: z.record(z.string(), z.object({ price: money, at: time })),
});

export const feedEvent = z.discriminatedUnion("type", [
  tournamentEvent,
  roundEvent,
  progressEvent,
  decisionsEvent,
  fillsEvent,
  equityEvent,
  leaderboardEvent,
  pricesEvent,
]);
export type FeedEvent = z.infer<typeof feedEvent>;

/** `token` is opaque. Sent as `?resume=`, it continues the feed after this frame. */
const place = { seq: z.number(), token: z.string(), at: time };

export const feedFrame = z.discriminatedUnion("type", [
  /** The present state: tournament, current round, who has decided in it, prices. `spectators` counts open sockets. */
  z.object({
    type: z.literal("welcome"),
    ...place,
    resumed: z.boolean(),
    spectators: z.number(),
    events: z.array(feedEvent),
  }),
  z.object({ type: z.literal("step"), ...place, events: z.array(feedEvent) }),
  z.object({ type: z.literal("reset"), reason: z.enum(["too_old", "foreign"]) }),
]);
export type FeedFrame = z.infer<typeof feedFrame>;
