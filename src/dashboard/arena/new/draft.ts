/** What the form of a new tournament holds, and the body of POST /tournaments that it makes. Pure. */
import { isVenueName, type VenueName } from "../../../core/venue-names.ts";
import type { TournamentBody } from "../../../http/tournaments/bodies.ts";
import type { Agent, CandleSource } from "../../api/answers.ts";
import { missingSymbol } from "../agents/symbol.ts";
import { type Entered, enteredAt, instantOf } from "./local-time.ts";

export interface Draft {
  readonly name: string;
  readonly market: TournamentBody["market"];
  /** The chosen symbols of the synthetic market. */
  readonly symbols: readonly string[];
  /** The chosen symbols of a live venue, and the venues that are asked after it. */
  readonly venueSymbols: readonly string[];
  readonly fallbacks: readonly VenueName[];
  /** The id of a replay's stored candles; empty until some are chosen. */
  readonly candleSource: string;
  /** The chosen symbols of the stored candles. */
  readonly replaySymbols: readonly string[];
  readonly intervalSeconds: string;
  /** Whether it starts at once or at a time. */
  readonly start: "now" | "at";
  /** Times as datetime-local fields hold them, in the viewer's zone. */
  readonly startsAt: Entered;
  readonly endsAt: Entered;
  /** The length of a tournament that starts at once. */
  readonly lasts: string;
  readonly startingCash: string;
  readonly prizePool: string;
  readonly feeBps: string;
  readonly halfSpreadBps: string;
  readonly slippageBps: string;
  readonly minOrder: string;
  readonly seed: string;
  /** Null until the viewer chooses: then every agent plays that fits the symbols. */
  readonly agentIds: readonly string[] | null;
}

export const FIELDS = [
  "name",
  "market",
  "symbols",
  "interval_seconds",
  "starts_at",
  "ends_at",
  "starting_cash",
  "prize_pool",
  "rules.fee_bps",
  "rules.half_spread_bps",
  "rules.slippage_bps",
  "rules.min_order",
  "rules.seed",
  "rules.candle_source",
  "rules.venues",
  "agent_ids",
] as const;

/** A tournament that starts at once begins so much later, when its agents have joined. */
const LEAD_MS = 5_000;
const MINUTE_MS = 60_000;
/** A replay's length at first, as in `npm run tournament`. */
const REPLAY_ROUNDS = 288;

export function firstDraft(now: Date, zone: string): Draft {
  const minute = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  return {
    name: "",
    market: "synthetic",
    symbols: ["BTC-USDT", "ETH-USDT", "SOL-USDT"],
    venueSymbols: [],
    fallbacks: [],
    candleSource: "",
    replaySymbols: [],
    intervalSeconds: "60",
    start: "now",
    startsAt: enteredAt(minute + 10 * MINUTE_MS, zone),
    endsAt: enteredAt(minute + 24 * 60 * MINUTE_MS, zone),
    lasts: "86400",
    startingCash: "500",
    prizePool: "0",
    feeBps: "10",
    halfSpreadBps: "2",
    slippageBps: "3",
    minOrder: "1",
    seed: String(now.getTime() % 1_000_000),
    agentIds: null,
  };
}

/** A replay on these candles with a round for each candle, from the first candle that has the warm-up before it. */
export function draftOn(source: CandleSource, zone: string): Partial<Draft> {
  const { id, symbols, interval_seconds, earliest_start_at, last_open_at } = source;
  const startsAt = Date.parse(earliest_start_at);
  const endsAt = Math.min(Date.parse(last_open_at), startsAt + REPLAY_ROUNDS * interval_seconds * 1000);
  const quote = symbols[0]?.split("-")[1];
  return {
    candleSource: id,
    // A tournament has one quote currency.
    replaySymbols: symbols.filter((symbol) => symbol.split("-")[1] === quote),
    intervalSeconds: String(interval_seconds),
    startsAt: enteredAt(startsAt, zone),
    endsAt: enteredAt(endsAt, zone),
  };
}

/** The newest imported candles; without any, the newest that a synthetic market has made. */
export function firstCandles(sources: readonly CandleSource[]): CandleSource | undefined {
  return sources.find(({ kind }) => kind === "files") ?? sources[0];
}

/**
 * The ids of the agents that play. Before a choice those of the house: others play only while their programs run, or cost money,
 * and a replay would wait for them in every round.
 */
export function playersOf(draft: Draft, all: readonly Agent[]): readonly string[] {
  if (draft.agentIds !== null) return draft.agentIds;
  const symbols = symbolsOf(draft);
  return all.flatMap((agent) => (agent.kind === "house" && missingSymbol(agent, symbols) === null ? [agent.id] : []));
}

/** The body of the request. The API checks the values. */
export function bodyOf(draft: Draft, all: readonly Agent[], now: Date, zone: string) {
  const soon = draft.market !== "replay" && draft.start === "now";
  // A venue's rounds begin with its candles.
  const gridMs = isVenueName(draft.market) ? Number(draft.intervalSeconds) * 1000 : 1000;
  const soonMs = Math.ceil((now.getTime() + LEAD_MS) / gridMs) * gridMs;
  const startsAt = soon ? soonMs : instantOf(draft.startsAt, zone);
  const endsAt = soon ? soonMs + Number(draft.lasts) * 1000 : instantOf(draft.endsAt, zone);
  return {
    name: draft.name,
    market: draft.market,
    symbols: [...symbolsOf(draft)],
    starts_at: timeOf(startsAt),
    ends_at: timeOf(endsAt),
    interval_seconds: Number(draft.intervalSeconds),
    starting_cash: draft.startingCash.trim(),
    prize_pool: draft.prizePool.trim(),
    rules: {
      fee_bps: draft.feeBps.trim(),
      half_spread_bps: draft.halfSpreadBps.trim(),
      slippage_bps: draft.slippageBps.trim(),
      min_order: draft.minOrder.trim(),
      seed: draft.seed.trim(),
      ...(draft.market === "replay" && draft.candleSource ? { candle_source: draft.candleSource } : {}),
      ...(isVenueName(draft.market) ? { venues: [draft.market, ...draft.fallbacks] } : {}),
    },
    agent_ids: [...playersOf(draft, all)],
  };
}

/** The chosen symbols of the chosen market. */
export function symbolsOf(draft: Draft): readonly string[] {
  if (draft.market === "synthetic") return draft.symbols;
  return draft.market === "replay" ? draft.replaySymbols : draft.venueSymbols;
}

/** An empty or impossible time is sent as empty text: the API has the sentence for it. */
function timeOf(ms: number | null): string {
  return ms === null || Number.isNaN(ms) ? "" : new Date(ms).toISOString();
}
