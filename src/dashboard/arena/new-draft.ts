/** What the form of a new tournament holds, and the body of POST /tournaments that it makes. Pure. */
import type { TournamentBody } from "../../http/tournament-bodies.ts";
import type { CandleSource } from "../api/answers.ts";

export interface Draft {
  readonly name: string;
  readonly market: TournamentBody["market"];
  /** Ticked in the synthetic market. */
  readonly symbols: readonly string[];
  /** Of a replay: the id of its stored candles; empty until some are chosen. */
  readonly candleSource: string;
  /** Ticked of those that the candles have. */
  readonly replaySymbols: readonly string[];
  readonly intervalSeconds: string;
  /** At once, or at a time. */
  readonly start: "now" | "at";
  /** As a datetime-local field has it, in the viewer's zone. */
  readonly startsAt: string;
  readonly endsAt: string;
  /** Of a tournament that starts at once. */
  readonly lasts: string;
  readonly startingCash: string;
  readonly prizePool: string;
  readonly feeBps: string;
  readonly halfSpreadBps: string;
  readonly slippageBps: string;
  readonly minOrder: string;
  readonly seed: string;
  /** Null: not chosen yet, so all that are there. */
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
  "agent_ids",
] as const;

/** A tournament for now begins this long after it is asked for: its agents have joined by then. */
const LEAD_MS = 5_000;
const MINUTE_MS = 60_000;
/** Of a replay, unless it is told otherwise; as `npm run tournament` has it. */
const REPLAY_ROUNDS = 288;

export function firstDraft(now: Date): Draft {
  const minute = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  return {
    name: "",
    market: "synthetic",
    symbols: ["BTC-USDT", "ETH-USDT", "SOL-USDT"],
    candleSource: "",
    replaySymbols: [],
    intervalSeconds: "60",
    start: "now",
    startsAt: localText(new Date(minute + 10 * MINUTE_MS)),
    endsAt: localText(new Date(minute + 24 * 60 * MINUTE_MS)),
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

/** A replay on these candles, each of them a round, from the first that has its warm-up before it. */
export function draftOn(source: CandleSource): Partial<Draft> {
  const { id, symbols, interval_seconds, earliest_start_at, last_open_at } = source;
  const startsAt = Date.parse(earliest_start_at);
  const endsAt = Math.min(Date.parse(last_open_at), startsAt + REPLAY_ROUNDS * interval_seconds * 1000);
  const quote = symbols[0]?.split("-")[1];
  return {
    candleSource: id,
    // All in one quote currency, as a tournament has them.
    replaySymbols: symbols.filter((symbol) => symbol.split("-")[1] === quote),
    intervalSeconds: String(interval_seconds),
    startsAt: localText(new Date(startsAt)),
    endsAt: localText(new Date(endsAt)),
  };
}

/** The newest imported candles; without any, the newest that a synthetic market has made. */
export function firstCandles(sources: readonly CandleSource[]): CandleSource | undefined {
  return sources.find(({ kind }) => kind === "files") ?? sources[0];
}

/** "2026-11-24T18:30", in the viewer's zone; with its seconds where it has any. */
export function localText(date: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const seconds = date.getSeconds();
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}${seconds === 0 ? "" : `:${two(seconds)}`}`;
}

/** The API says what is wrong with a value; here it is only put into its place. */
export function bodyOf(draft: Draft, allAgents: readonly string[], now: Date) {
  const soon = draft.market === "synthetic" && draft.start === "now";
  const startsAt = soon ? new Date(Math.ceil((now.getTime() + LEAD_MS) / 1000) * 1000) : new Date(draft.startsAt);
  const endsAt = soon ? new Date(startsAt.getTime() + Number(draft.lasts) * 1000) : new Date(draft.endsAt);
  return {
    name: draft.name,
    market: draft.market,
    symbols: [...(draft.market === "synthetic" ? draft.symbols : draft.replaySymbols)],
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
    },
    agent_ids: [...(draft.agentIds ?? allAgents)],
  };
}

/** An empty or impossible time goes as it is: the API has the sentence for it. */
function timeOf(date: Date): string {
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
