/** How an event of the feed changes the cached data of a tournament. Pure. Applying an event twice changes nothing. */
import type { DecisionItem, MissItem } from "../../api/arena-answers.ts";
import type { FeedEvent } from "../../api/feed.ts";
import type { EquityAnswer, LeaderboardItem, PositionItem, Round, Tournament, TradeItem } from "../api/answers.ts";

type Of<T extends FeedEvent["type"]> = Extract<FeedEvent, { type: T }>;
export type Price = Of<"prices">["prices"][string];
export type Prices = Readonly<Record<string, Price>>;
export type RoundNow = Of<"round">;

/** The round under way. `agents`: those that have decided in it, as far as the feed names them. */
export interface Progress {
  readonly round: RoundNow | null;
  readonly decided: number;
  readonly agents: readonly string[];
}

/** A decision, and whether the feed cut its reasoning. */
export type HeldDecision = DecisionItem & { readonly reasoning_cut?: boolean };
export type Missed = Omit<MissItem, "entry_id">;
export type LogItem = HeldDecision | Missed;

/** Equity at settled rounds, and `mark`: equity at newer prices since the last of them. */
export interface HeldEquity extends EquityAnswer {
  readonly mark: { readonly at: string; readonly equity: Readonly<Record<string, string>> } | null;
}

const ROUNDS_KEPT = 120;

export function toTournament(held: Tournament, event: FeedEvent): Tournament {
  if (event.type === "round") {
    const { number, state, due_at } = event;
    if (held.current_round && held.current_round.number > number) return held;
    return { ...held, current_round: { number, state, due_at } };
  }
  if (event.type !== "tournament") return held;
  const { type: _, winner, ...rest } = event;
  return { ...held, ...rest, winner: winner ? { entry_id: held.winner?.entry_id ?? null, ...winner } : null };
}

export function toBoard(held: readonly LeaderboardItem[], event: FeedEvent): readonly LeaderboardItem[] {
  if (event.type !== "leaderboard") return held;
  if (event.items.length >= event.total) return event.items;
  // The feed sends the first places and the baselines. Other entries keep the values that were read.
  const fresh = new Set(event.items.map((item) => item.agent_id));
  const others = held.filter((item) => !fresh.has(item.agent_id));
  return [...event.items, ...others].sort((a, b) => Number(b.equity) - Number(a.equity));
}

export function toEquity(held: HeldEquity, event: FeedEvent): HeldEquity {
  if (event.type !== "equity") return held;
  const equity = Object.fromEntries(event.agents.map((id, i) => [id, event.equity[i] ?? "0"]));
  const last = held.rounds.at(-1) ?? -1;
  if (event.round === null) {
    const newer = Date.parse(event.at) > Date.parse(held.times.at(-1) ?? held.starts_at);
    return newer ? { ...held, mark: { at: event.at, equity } } : held;
  }
  if (event.round <= last) return held;
  return {
    ...held,
    settled_rounds: held.settled_rounds + 1,
    rounds: [...held.rounds, event.round],
    times: [...held.times, event.at],
    series: held.series.map((line) => ({ ...line, equity: [...line.equity, equity[line.agent_id] ?? null] })),
    mark: null,
  };
}

export function toRounds(held: readonly Round[], event: FeedEvent): readonly Round[] {
  if (event.type !== "round") return held;
  const { type: _, decided: __, ...round } = event;
  const rest = held.filter(({ number }) => number !== round.number);
  return [round, ...rest].sort((a, b) => b.number - a.number).slice(0, ROUNDS_KEPT);
}

export function toProgress(held: Progress, event: FeedEvent): Progress {
  if (event.type === "round") {
    if (held.round && held.round.number > event.number) return held;
    const same = held.round?.number === event.number;
    return {
      round: event,
      decided: Math.max(event.decided, same ? held.decided : 0),
      agents: same ? held.agents : [],
    };
  }
  if (event.type !== "progress" || held.round?.number !== event.round) return held;
  return {
    round: held.round,
    decided: Math.max(held.decided, event.decided),
    agents: [...new Set([...held.agents, ...event.agents])],
  };
}

export function toPrices(held: Prices, event: FeedEvent): Prices {
  return event.type === "prices" ? { ...held, ...event.prices } : held;
}

export function toPositions(held: readonly PositionItem[], event: FeedEvent): readonly PositionItem[] {
  if (event.type !== "fills") return held;
  const changed = new Map(event.holdings.map((holding) => [holding.agent_id, holding]));
  return held.map((item) => {
    const holding = changed.get(item.agent_id);
    if (!holding) return item;
    const positions = holding.positions.map((position) => ({
      side: "long" as const,
      ...position,
      price: item.positions.find(({ symbol }) => symbol === position.symbol)?.price ?? null,
      notional: null,
      unrealised: null,
    }));
    return { ...item, cash: holding.cash, positions };
  });
}

/** Newest first. `agentId`: the trades of that agent alone. */
export function toTrades(held: readonly TradeItem[], event: FeedEvent, agentId: string | null): readonly TradeItem[] {
  if (event.type !== "fills") return held;
  const known = new Set(held.map(({ id }) => id));
  const fresh = event.items.filter((item) => !known.has(item.id) && (agentId === null || item.agent_id === agentId));
  return placed(held, fresh.toReversed(), event.round);
}

/** Puts new items of a round in their place, newest round first. A round before all cached items is on a page not read yet. */
function placed<T extends { readonly round: number }>(
  held: readonly T[],
  fresh: readonly T[],
  round: number,
): readonly T[] {
  const oldest = held.at(-1);
  if (fresh.length === 0 || (oldest !== undefined && round < oldest.round)) return held;
  const newer = held.findIndex((item) => item.round <= round);
  return newer < 0 ? [...held, ...fresh] : held.toSpliced(newer, 0, ...fresh);
}

interface Wanted {
  /** The decisions of that agent alone. */
  readonly agentId: string | null;
  readonly filter: {
    readonly only: "all" | "orders" | "refused" | "missed";
    readonly baselines: boolean;
    readonly said?: string;
  };
  /** Which agents are baselines. */
  readonly baselines: ReadonlySet<string>;
}

export function toDecisions(held: readonly LogItem[], event: FeedEvent, wanted: Wanted): readonly LogItem[] {
  if (event.type === "fills") return withFills(held, event);
  if (event.type !== "decisions") return held;
  const { round, due_at } = event;
  const known = new Set(held.filter((item) => item.round === round).map((item) => item.agent_id));
  const misses = event.misses.map((miss) => ({ ...miss, outcome: "missed" as const }));
  const fresh = [...event.items, ...misses]
    .filter((item) => !known.has(item.agent_id))
    .map((item): LogItem => ({ ...item, round, due_at }))
    .filter((item) => isWanted(item, wanted));
  return placed(held, fresh, round);
}

function isWanted(item: LogItem, { agentId, filter, baselines }: Wanted): boolean {
  if (agentId !== null && item.agent_id !== agentId) return false;
  if (!filter.baselines && baselines.has(item.agent_id)) return false;
  if (filter.said && !hasSaid(item, filter.said)) return false;
  if (filter.only === "all") return true;
  if (item.outcome === "missed") return filter.only === "missed";
  if (filter.only === "orders") return item.outcome === "made";
  return filter.only === "refused" && item.orders.some(({ state }) => state === "refused");
}

/** Long reasoning is cut in the feed: what is said behind the cut is found when the list is read again. */
function hasSaid(item: LogItem, said: string): boolean {
  return item.outcome !== "missed" && (item.reasoning ?? "").toLowerCase().includes(said.toLowerCase());
}

/** Decisions arrive when their round closes. Their orders are filled or refused when the round settles. */
function withFills(held: readonly LogItem[], event: Of<"fills">): readonly LogItem[] {
  if (!held.some((item) => item.round === event.round)) return held;
  const key = (agent: string, seq: number) => `${agent} ${seq}`;
  const fills = new Map(event.items.map((item) => [key(item.agent_id, item.seq), item]));
  const refused = new Map(event.refused.map((item) => [key(item.agent_id, item.seq), item.code]));
  return held.map((item) => {
    if (item.round !== event.round || item.outcome === "missed") return item;
    const orders = item.orders.map((order) => {
      if (order.state !== "open") return order;
      const fill = fills.get(key(item.agent_id, order.seq));
      const code = refused.get(key(item.agent_id, order.seq));
      if (fill) {
        const { quantity, price, fee, cash_change } = fill;
        return { ...order, state: "filled" as const, fill: { quantity, price, fee, cash_change } };
      }
      return code === undefined ? order : { ...order, state: "refused" as const, refused_at: "fill" as const, code };
    });
    return { ...item, orders };
  });
}

/** Lists of which a frame has only a part. They are read again. */
export type Gap = "decisions" | "trades" | "positions" | "board";

export function gapsOf(events: readonly FeedEvent[]): ReadonlySet<Gap> {
  const told = new Set(events.flatMap((event) => (event.type === "fills" ? [event.round] : [])));
  return new Set(
    events.flatMap((event): Gap[] => {
      switch (event.type) {
        case "decisions": {
          const { items, misses, made, held, missed } = event;
          return items.length < made + held || misses.length < missed ? ["decisions"] : [];
        }
        case "fills":
          return event.items.length < event.total ? ["decisions", "trades", "positions"] : [];
        case "equity":
          // When many rounds settle at once, the feed sends no fills of the older ones.
          return event.round === null || told.has(event.round) ? [] : ["decisions", "trades", "positions"];
        case "leaderboard":
          return event.items.length < event.total ? ["board"] : [];
        default:
          return [];
      }
    }),
  );
}
