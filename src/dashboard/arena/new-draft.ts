/** What the form of a new tournament holds, and the body of POST /tournaments that it makes. Pure. */

import { WARM_UP_CANDLES } from "../../core/phases.ts";
import type { TournamentBody } from "../../http/tournament-bodies.ts";
import type { CandleSource } from "../api/answers.ts";

export interface Draft {
  readonly name: string;
  readonly market: TournamentBody["market"];
  /** Ticked in the synthetic market. */
  readonly symbols: readonly string[];
  /** Typed for a replay. */
  readonly symbolText: string;
  /** Of a replay: which imported candles; empty, found by the symbols. */
  readonly candleSource: string;
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

export function firstDraft(now: Date): Draft {
  return {
    name: "",
    market: "synthetic",
    symbols: ["BTC-USDT", "ETH-USDT", "SOL-USDT"],
    candleSource: "",
    symbolText: "BTC-USDT, ETH-USDT, SOL-USDT",
    intervalSeconds: "60",
    start: "now",
    startsAt: localText(new Date(now.getTime() + 10 * 60_000)),
    endsAt: localText(new Date(now.getTime() + 24 * 3_600_000)),
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

/** Whoever chooses candles runs on all of them, unless they say otherwise: from the first round with enough of them before it. */
export function draftOf({ id, symbols, interval_seconds, first_open_at, last_open_at }: CandleSource): Partial<Draft> {
  const first = Date.parse(first_open_at) + WARM_UP_CANDLES * interval_seconds * 1000;
  return {
    candleSource: id,
    symbolText: symbols.join(", "),
    intervalSeconds: String(interval_seconds),
    startsAt: localText(new Date(first)),
    endsAt: localText(new Date(last_open_at)),
  };
}

/** "2026-11-24T18:30", in the viewer's zone. */
export function localText(date: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The API says what is wrong with a value; here it is only put into its place. */
export function bodyOf(draft: Draft, allAgents: readonly string[], now: Date) {
  const soon = draft.market === "synthetic" && draft.start === "now";
  const startsAt = soon ? new Date(Math.ceil((now.getTime() + LEAD_MS) / 1000) * 1000) : new Date(draft.startsAt);
  const endsAt = soon ? new Date(startsAt.getTime() + Number(draft.lasts) * 1000) : new Date(draft.endsAt);
  const typed = draft.symbolText.toUpperCase().split(/[\s,;]+/);
  return {
    name: draft.name,
    market: draft.market,
    symbols: draft.market === "synthetic" ? [...draft.symbols] : typed.filter(Boolean),
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
      ...(draft.market === "replay" && draft.candleSource.trim() ? { candle_source: draft.candleSource.trim() } : {}),
    },
    agent_ids: [...(draft.agentIds ?? allAgents)],
  };
}

/** An empty or impossible time goes as it is: the API has the sentence for it. */
function timeOf(date: Date): string {
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
