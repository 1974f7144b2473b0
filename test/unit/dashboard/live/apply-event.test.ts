import { expect, test } from "vitest";
import type { FeedEvent } from "../../../../src/api/feed.ts";
import {
  gapsOf,
  type HeldEquity,
  type LogItem,
  toBoard,
  toDecisions,
  toEquity,
  toPositions,
  toProgress,
  toRounds,
  toTrades,
} from "../../../../src/dashboard/live/apply-event.ts";

type Of<T extends FeedEvent["type"]> = Extract<FeedEvent, { type: T }>;

/** The whole log, or that of one agent. */
const of = (agentId: string | null) => ({ agentId, filter: wholeLog, baselines: new Set(["base"]) });
const wholeLog = { only: "all", baselines: true } as const;

const at = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();

function round(number: number, state: Of<"round">["state"], decided = 0): Of<"round"> {
  const times = { opened_at: null, closed_at: null, quoted_at: null, settled_at: null, skip_reason: null };
  return { type: "round", number, state, due_at: at(number), deadline_at: null, ...times, participants: 3, decided };
}

const trade = (id: string, agent = "a", seq = 0): Of<"fills">["items"][number] => ({
  id,
  tournament_id: "t",
  round: 1,
  agent_id: agent,
  agent,
  seq,
  side: "buy",
  symbol: "BTC-USDT",
  quantity: "0.5",
  price: "100",
  fee: "0.05",
  cash_change: "-50.05",
  realized_profit: null,
  filled_at: at(1),
});

function fills(more: Partial<Of<"fills">> = {}): Of<"fills"> {
  return { type: "fills", round: 1, total: 1, items: [trade("1")], refused: [], holdings: [], ...more };
}

const equity: HeldEquity = {
  tournament_id: "t",
  starting_cash: "500",
  starts_at: at(0),
  interval_seconds: 60,
  settled_rounds: 2,
  entries: 2,
  rounds: [0, 1],
  times: [at(0), at(1)],
  series: [
    { agent_id: "a", agent: "A", baseline: false, equity: ["500", "501"] },
    { agent_id: "b", agent: "B", baseline: false, equity: [null, "499"] },
  ],
  mark: null,
};

const settled = (number: number): Of<"equity"> => ({
  type: "equity",
  round: number,
  at: at(number),
  agents: ["a"],
  equity: ["502"],
});

test("an event that is applied twice changes nothing the second time", () => {
  const cases: readonly (readonly [
    FeedEvent,
    (event: FeedEvent) => unknown,
    (held: never, event: FeedEvent) => unknown,
  ])[] = [
    [settled(2), (event) => toEquity(equity, event), toEquity],
    [round(3, "open"), (event) => toRounds([], event), toRounds],
    [fills(), (event) => toTrades([], event, null), (held, event) => toTrades(held, event, null)],
    [round(3, "open", 1), (event) => toProgress({ round: null, decided: 0, agents: [] }, event), toProgress],
  ];
  for (const [event, once, twice] of cases) {
    const first = once(event);
    expect(twice(first as never, event)).toEqual(first);
  }
});

test("equity grows by settled rounds in order; a mark stands only until the next of them", () => {
  const marked = toEquity(equity, { type: "equity", round: null, at: at(1.5), agents: ["a"], equity: ["503"] });
  expect(marked.mark?.equity).toEqual({ a: "503" });
  expect(toEquity(equity, { type: "equity", round: null, at: at(0.5), agents: ["a"], equity: ["503"] })).toBe(equity);
  const next = toEquity(marked, settled(2));
  expect(next).toMatchObject({ rounds: [0, 1, 2], mark: null, settled_rounds: 3 });
  expect(next.series.map(({ equity: line }) => line.at(-1))).toEqual(["502", null]);
  expect(toEquity(next, settled(1))).toBe(next);
});

test("news of an older round never replaces a newer round", () => {
  const progress = toProgress({ round: null, decided: 0, agents: [] }, round(5, "open", 2));
  expect(toProgress(progress, round(4, "settled", 3)).round?.number).toBe(5);
  const heard = toProgress(progress, { type: "progress", round: 5, decided: 1, participants: 3, agents: ["a"] });
  expect(heard).toMatchObject({ decided: 2, agents: ["a"] });
  expect(toProgress(heard, round(6, "open"))).toMatchObject({ decided: 0, agents: [] });
});

test("a decision's orders are filled or refused when its round settles", () => {
  const order = (seq: number) => ({
    seq,
    side: "buy" as const,
    symbol: "BTC-USDT",
    amount: "50",
    confidence: null,
    state: "open" as const,
    code: null,
    refused_at: null,
    fill: null,
  });
  const decisions: Of<"decisions"> = {
    type: "decisions",
    round: 1,
    due_at: at(1),
    made: 1,
    held: 0,
    missed: 0,
    misses: [],
    thinned: false,
    items: [
      {
        entry_id: "e",
        agent_id: "a",
        agent: "A",
        outcome: "made",
        reasoning: "",
        confidence: 1,
        decided_at: at(1),
        orders: [order(0), order(1)],
        reasoning_cut: false,
      },
    ],
  };
  const heard = toDecisions([], decisions, of(null));
  expect(toDecisions([], decisions, of("b"))).toEqual([]);
  const refused = [
    {
      agent_id: "a",
      agent: "A",
      seq: 1,
      side: "buy" as const,
      symbol: "BTC-USDT",
      amount: "50",
      code: "trading.below_minimum",
    },
  ];
  const done: readonly LogItem[] = toDecisions(heard, fills({ refused }), of(null));
  expect(done[0]).toMatchObject({
    orders: [
      { state: "filled", fill: { quantity: "0.5", price: "100" } },
      { state: "refused", refused_at: "fill", code: "trading.below_minimum" },
    ],
  });
});

test("the board keeps the entries that the feed leaves out", () => {
  const item = (agent_id: string, value: string) => ({
    rank: 1,
    rank_change: null,
    agent_id,
    agent: agent_id,
    baseline: false,
    equity: value,
    return: 0,
    status: "active" as const,
    max_drawdown: 0,
    sharpe: null,
    rounds: 3,
    market_days: 0.01,
    trades: 0,
    fees: "0",
    profit: "0",
    realized_profit: "0",
    win_rate: null,
    closed_trades: 0,
    biggest_win: null,
    biggest_loss: null,
  });
  const held = [item("a", "510"), item("b", "500"), item("c", "490")];
  const board = toBoard(held, { type: "leaderboard", round: 2, total: 3, items: [item("b", "520")] });
  expect(board.map(({ agent_id, equity: value }) => [agent_id, value])).toEqual([
    ["b", "520"],
    ["a", "510"],
    ["c", "490"],
  ]);
});

test("the positions of an agent are replaced as a whole", () => {
  const held = [{ agent_id: "a", agent: "A", baseline: false, cash: "500", equity: "500", positions: [] }];
  const positions = [{ symbol: "BTC-USDT", quantity: "0.5", cost: "50.05" }];
  const next = toPositions(held, fills({ holdings: [{ agent_id: "a", agent: "A", cash: "449.95", positions }] }));
  expect(next).toMatchObject([{ cash: "449.95", positions: [{ side: "long", quantity: "0.5", price: null }] }]);
  expect(
    toPositions(next, fills({ holdings: [{ agent_id: "a", agent: "A", cash: "500", positions: [] }] }))[0]?.positions,
  ).toEqual([]);
});

const closed = (number: number, more: Partial<Of<"decisions">> = {}): Of<"decisions"> => ({
  type: "decisions",
  round: number,
  due_at: at(number),
  made: 0,
  held: 1,
  missed: 1,
  thinned: false,
  items: [
    {
      entry_id: "e",
      agent_id: "a",
      agent: "A",
      outcome: "held",
      reasoning: "",
      confidence: 1,
      decided_at: at(number),
      orders: [],
      reasoning_cut: false,
    },
  ],
  misses: [{ agent_id: "b", agent: "B", reason: "round.late" }],
  ...more,
});

test("a miss stands in the log beside the decisions of its round, for its own agent too", () => {
  const log = toDecisions([], closed(3), of(null));
  expect(log).toMatchObject([
    { round: 3, agent_id: "a", outcome: "held" },
    { round: 3, agent_id: "b", outcome: "missed", reason: "round.late", due_at: at(3) },
  ]);
  expect(toDecisions(log, closed(3), of(null))).toBe(log);
  expect(toDecisions([], closed(3, { items: [], held: 0 }), of("b"))).toMatchObject([{ agent_id: "b" }]);
});

test("new items are placed by their round, and items older than all that was read are left to the next page", () => {
  const log = [4, 2].flatMap((number) => toDecisions([], closed(number), of("a")));
  const rounds = (number: number) => toDecisions(log, closed(number), of("a")).map((item) => item.round);
  expect([rounds(5), rounds(3), rounds(1)]).toEqual([
    [5, 4, 2],
    [4, 3, 2],
    [4, 2],
  ]);
  expect(toTrades([{ ...trade("9"), round: 4 }], fills({ round: 3 }), null)).toHaveLength(1);
});

test("lists of which a frame has a part are reported, and complete lists are not", () => {
  const told = (...events: FeedEvent[]) => [...gapsOf(events)];
  expect(told(closed(3), fills({ round: 3 }), settled(3), round(3, "settled"))).toEqual([]);
  expect(told(closed(3, { held: 2 }))).toEqual(["decisions"]);
  expect(told(closed(3, { missed: 2 }))).toEqual(["decisions"]);
  expect(told(closed(3, { thinned: true, items: [], misses: [], made: 7, held: 0, missed: 0 }))).toEqual(["decisions"]);
  expect(told(fills({ total: 2 }))).toEqual(["decisions", "trades", "positions"]);
  expect(told(settled(2), settled(3), fills({ round: 3 }))).toEqual(["decisions", "trades", "positions"]);
  expect(told({ type: "leaderboard", round: 2, total: 2, items: [] })).toEqual(["board"]);
  expect(told({ type: "equity", round: null, at: at(2), agents: ["a"], equity: ["1"] })).toEqual([]);
});

test("a filtered log gets only the news that its filter lets through", () => {
  const order = { seq: 0, side: "buy", symbol: "BTC-USDT", amount: "5", confidence: null, fill: null } as const;
  const refused = { ...order, state: "refused", code: "trading.below_minimum", refused_at: "decision" } as const;
  const open = { ...order, state: "open", code: null, refused_at: null } as const;
  const item = (agent_id: string, orders: readonly (typeof open | typeof refused)[]) => ({
    entry_id: agent_id,
    agent_id,
    agent: agent_id,
    outcome: orders.length > 0 ? ("made" as const) : ("held" as const),
    reasoning: "Because of the price.",
    confidence: null,
    decided_at: at(1),
    orders: [...orders],
    reasoning_cut: false,
  });
  const event: Of<"decisions"> = {
    type: "decisions",
    round: 1,
    due_at: at(1),
    made: 3,
    held: 1,
    missed: 1,
    thinned: false,
    items: [item("a", [open]), item("b", [refused]), item("c", []), item("base", [open])],
    misses: [{ agent_id: "d", agent: "d", reason: "round.late" }],
  };
  const shown = (only: "all" | "orders" | "refused" | "missed", baselines: boolean, said = "") =>
    toDecisions([], event, { ...of(null), filter: { only, baselines, said } }).map(({ agent_id }) => agent_id);
  expect(shown("all", true)).toEqual(["a", "b", "c", "base", "d"]);
  expect(shown("all", false)).toEqual(["a", "b", "c", "d"]);
  expect(shown("orders", false)).toEqual(["a", "b"]);
  expect(shown("refused", true)).toEqual(["b"]);
  expect(shown("missed", true)).toEqual(["d"]);
  expect(shown("all", true, "BECAUSE")).toEqual(["a", "b", "c", "base"]);
  expect(shown("orders", true, "nobody says this")).toEqual([]);
});
