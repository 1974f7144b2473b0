/**
 * The live feed of a tournament: GET /tournaments/{id}/feed, upgraded to a WebSocket. The server sends frames, one JSON
 * text each; a client sends nothing but the text "ping", which is answered "pong" without waking anybody.
 *
 *   connect                      welcome (how things stand now), then a step each time something happened
 *   connect ?resume=TOKEN        welcome with resumed: true, then every step behind TOKEN, then as above
 *   … TOKEN too old or foreign   reset, then welcome: what the page holds is out of date, so it reads by REST again
 *
 * Connect first, read by REST then, and apply what came meanwhile: every event states how things are, none is a
 * difference to be added up, so applying one twice, or one that REST knew already, changes nothing. `seq` rises by one
 * from step to step: a gap means that the socket is to be opened anew with the last token. Events carry rounds: one of
 * an older round than the page shows is history (append it), never the newest state.
 *
 * Nothing of an open round is in here but how many and who have decided.
 *
 * Lists are cut at the end when a step would be more than should be sent to so many (a thousand spectators of a large
 * round): the numbers beside them (`made`, `total`, …) say how much there is, and the paths have all of it.
 */
import { z } from "zod";
import { decisionItem, leaderboardItem } from "./arena-answers.ts";

const money = z.string();
const time = z.string();
const id = z.string();

/** Decisions of a round that the feed carries, those with orders first: the others by REST, when somebody asks. */
export const FEED_DECISIONS_MAX = 100;
/** Fills, refusals at the fill, and entries whose positions changed, of one round. */
export const FEED_FILLS_MAX = 200;
/** Places of the leaderboard, baselines beside them. */
export const FEED_BOARD_MAX = 100;
/** Entries of an equity event, from the top; baselines beside them. */
export const FEED_EQUITY_MAX = 1000;
/** With more participants a round's progress is a count alone. */
export const FEED_PROGRESS_MAX = 1000;
/** Reasoning is cut here; `reasoning_cut` says so, and the whole text is in GET /tournaments/{id}/decisions. */
export const FEED_REASONING_CHARS_MAX = 500;

/** The tournament changed its state, its dates, or took entries (then read GET …/agents again). */
const tournamentEvent = z.object({
  type: z.literal("tournament"),
  status: z.enum(["upcoming", "live", "paused", "completed", "cancelled"]),
  starts_at: time,
  ends_at: time,
  started_at: time.nullable(),
  paused_at: time.nullable(),
  resumed_at: time.nullable(),
  ended_at: time.nullable(),
  entries: z.number(),
  winner: z.object({ agent_id: id, agent: z.string() }).nullable(),
});

/** A round as it stands: fast rounds may pass several states between two steps; every state's time is here. */
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

/** Of the open round. Who is in `agents` has decided; who was in an earlier one still has. */
const progressEvent = z.object({
  type: z.literal("progress"),
  round: z.number(),
  decided: z.number(),
  participants: z.number(),
  /** Since the last such event, or all so far; empty where they are too many: then the number alone counts. */
  agents: z.array(id),
});

/** Once, when a round has closed. Refused orders have state "refused" and a code; fills come with `fills`. */
const decisionsEvent = z.object({
  type: z.literal("decisions"),
  round: z.number(),
  due_at: time,
  made: z.number(),
  held: z.number(),
  missed: z.number(),
  /** At most FEED_DECISIONS_MAX of made + held. None of a round that passed in a rush: see `thinned`. */
  items: z.array(decisionItem.omit({ round: true, due_at: true }).extend({ reasoning_cut: z.boolean() })),
  /** At most FEED_DECISIONS_MAX, with the reason's code. */
  misses: z.array(z.object({ agent_id: id, agent: z.string(), reason: z.string() })),
  /** Rounds came faster than they can be watched (a replay at full speed): what was decided is there by REST. */
  thinned: z.boolean(),
});

/** Once, when a round has settled: its trades, orders refused at the fill, and what the traders hold since. */
const fillsEvent = z.object({
  type: z.literal("fills"),
  round: z.number(),
  /** Trades of the round; `items` are at most FEED_FILLS_MAX of them, as GET /trades gives them. */
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
  /** Everything that an entry holds, for entries that traded: replaces what the page had of them. */
  holdings: z.array(
    z.object({
      agent_id: id,
      agent: z.string(),
      cash: money,
      positions: z.array(z.object({ symbol: z.string(), quantity: money, cost: money })),
    }),
  ),
});

/** Equity by entry: of a settled round, or (round null) marked since at newer prices. `agents[i]` has `equity[i]`. */
const equityEvent = z.object({
  type: z.literal("equity"),
  round: z.number().nullable(),
  /** The round's due time, or when it was marked. */
  at: time,
  agents: z.array(id),
  equity: z.array(money),
});

/** The leaderboard's first places as GET …/leaderboard gives them: after a round settled, or when standings moved. */
const leaderboardEvent = z.object({
  type: z.literal("leaderboard"),
  /** The last settled round; null before the first. */
  round: z.number().nullable(),
  /** Entries on the whole board. `items` hold FEED_BOARD_MAX of them at most, and every baseline. */
  total: z.number(),
  items: z.array(leaderboardItem),
});

/** The last known price by symbol. */
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

/** `token` resumes behind this frame. Opaque: give it back as `?resume=`. */
const place = { seq: z.number(), token: z.string(), at: time };

export const feedFrame = z.discriminatedUnion("type", [
  /** How things stand: tournament, round under way, who has decided in it, prices. `spectators` counts open sockets. */
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
