/** Checks everything about a replay before anything is started, and says what would fit where something doesn't. */
import { canonicalJson, sha256Hex } from "../core/canonical.ts";
import { limits } from "../core/limits.ts";
import { WARM_UP_CANDLES } from "../core/phases.ts";
import type { AgentBody } from "../http/agent-bodies.ts";
import { type ImportedCandles, importedSourceId } from "../markets/create-source.ts";
import { intervalText, timeText } from "../markets/intervals.ts";
import { defaultField } from "../strategies/field.ts";
import { readAgentsFile } from "./agents-file.ts";
import { readCandleFolder } from "./candle-folder.ts";
import type { TournamentOptions } from "./tournament-args.ts";

/** What the synthetic market trades when no candles are given, and when its round 0 is. */
const SYNTHETIC_SYMBOLS = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BNB-USDT", "XRP-USDT", "DOGE-USDT"] as const;
const SYNTHETIC_START = Date.parse("2025-01-01T00:00:00Z");
const SYNTHETIC_INTERVAL_SECONDS = 300;

type PlannedSource =
  | { readonly kind: "files"; readonly id: string; readonly candles: ImportedCandles }
  | { readonly kind: "synthetic"; readonly id: string; readonly firstOpenAt: number; readonly lastOpenAt: number };

export interface TournamentPlan {
  readonly options: TournamentOptions;
  readonly source: PlannedSource;
  readonly symbols: readonly string[];
  readonly intervalSeconds: number;
  /** Epoch milliseconds. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly agents: readonly AgentBody[];
  /** Holds a hash of all that decides the outcome: the same plan finds its unfinished tournament again. */
  readonly name: string;
}

export type PlanResult =
  | { readonly kind: "ok"; readonly plan: TournamentPlan }
  | { readonly kind: "bad"; readonly errors: readonly string[] };

export async function planTournament(options: TournamentOptions): Promise<PlanResult> {
  const market =
    options.candles === null ? await syntheticMarket(options) : await filesMarket(options, options.candles);
  if (market.kind === "bad") return market;
  const agents =
    options.agents === null
      ? { kind: "ok" as const, agents: defaultField(market.symbols) }
      : await readAgentsFile(options.agents);
  if (agents.kind === "bad") return agents;

  const { source, symbols, intervalSeconds, startsAt } = market;
  const { rounds, seed } = options;
  const shortSeed = seed.length > 20 ? `${seed.slice(0, 19)}…` : seed;
  const key = await sha256Hex(
    canonicalJson({ source: source.id, rounds, seed, intervalSeconds, startsAt, agents: agents.agents }),
  );
  return {
    kind: "ok",
    plan: {
      options,
      source,
      symbols,
      intervalSeconds,
      startsAt,
      endsAt: startsAt + rounds * intervalSeconds * 1_000,
      agents: agents.agents,
      name: `Replay of ${rounds} × ${intervalText(intervalSeconds)}, seed ${shortSeed} (${key.slice(0, 12)})`,
    },
  };
}

type Market =
  | { kind: "ok"; source: PlannedSource; symbols: readonly string[]; intervalSeconds: number; startsAt: number }
  | { kind: "bad"; errors: readonly string[] };

async function filesMarket(options: TournamentOptions, path: string): Promise<Market> {
  const read = await readCandleFolder(path);
  if (read.kind === "bad") return read;
  const { folder } = read;
  if (folder.symbols.length > limits.symbolsMax) {
    const found = folder.symbols.length;
    return {
      kind: "bad",
      errors: [`${path}: a tournament trades at most ${limits.symbolsMax} symbols, and there are ${found}`],
    };
  }
  const span = fitSpan(folder, options);
  if (typeof span === "string") return { kind: "bad", errors: [span] };
  return {
    kind: "ok",
    source: { kind: "files", id: importedSourceId(folder.contentHash), candles: folder },
    symbols: folder.symbols,
    ...span,
  };
}

async function syntheticMarket(options: TournamentOptions): Promise<Market> {
  const intervalSeconds = options.intervalSeconds ?? SYNTHETIC_INTERVAL_SECONDS;
  const stepMs = intervalSeconds * 1_000;
  const startsAt = options.startAt ?? SYNTHETIC_START - (SYNTHETIC_START % stepMs);
  if (startsAt % stepMs !== 0) {
    return {
      kind: "bad",
      errors: [`--start: ${timeText(startsAt)} is not a multiple of ${intervalText(intervalSeconds)}`],
    };
  }
  const firstOpenAt = startsAt - WARM_UP_CANDLES * stepMs;
  const lastOpenAt = startsAt + (options.rounds - 1) * stepMs;
  const symbols = SYNTHETIC_SYMBOLS;
  // Not of the rounds: a longer run of the same seed goes on with the same candles.
  const hash = await sha256Hex(canonicalJson({ model: 1, seed: options.seed, symbols, intervalSeconds, firstOpenAt }));
  return {
    kind: "ok",
    source: { kind: "synthetic", id: `synthetic:${hash.slice(0, 16)}`, firstOpenAt, lastOpenAt },
    symbols,
    intervalSeconds,
    startsAt,
  };
}

export interface CandleSpan {
  readonly intervalSeconds: number;
  /** Epoch milliseconds. */
  readonly firstOpenAt: number;
  readonly lastOpenAt: number;
}

/**
 * Where the rounds lie in the candles, or the sentence that says why they don't. Round 0 needs WARM_UP_CANDLES
 * intervals of closed candles before it; the last round fills on the candle that opens when it is due.
 */
export function fitSpan(
  candles: CandleSpan,
  options: Pick<TournamentOptions, "rounds" | "intervalSeconds" | "startAt">,
): { intervalSeconds: number; startsAt: number } | string {
  const intervalSeconds = options.intervalSeconds ?? candles.intervalSeconds;
  const own = intervalText(candles.intervalSeconds);
  const interval = intervalText(intervalSeconds);
  if (intervalSeconds % candles.intervalSeconds !== 0) {
    return `--interval ${interval} is not a multiple of the candles' own ${own}: ${own} or ${intervalText(candles.intervalSeconds * 2)} would do`;
  }
  const stepMs = intervalSeconds * 1_000;
  const { firstOpenAt, lastOpenAt } = candles;
  const earliest = firstOpenAt + WARM_UP_CANDLES * stepMs;
  const warmUp = `${WARM_UP_CANDLES} × ${interval} of warm-up`;
  const covers = `the candles go from ${timeText(firstOpenAt)} to ${timeText(lastOpenAt)}`;
  if (earliest > lastOpenAt) {
    const available = (lastOpenAt - firstOpenAt) / (candles.intervalSeconds * 1_000) + 1;
    const needed = (WARM_UP_CANDLES * intervalSeconds) / candles.intervalSeconds + options.rounds;
    return (
      `too few candles: ${options.rounds} rounds after ${warmUp} need at least ${needed} candles of ${own}, ` +
      `and there are ${available} (${covers})`
    );
  }
  const startsAt = options.startAt ?? earliest;
  if ((startsAt - firstOpenAt) % (candles.intervalSeconds * 1_000) !== 0) {
    return `--start: no candle opens at ${timeText(startsAt)}; it must be a multiple of ${own}`;
  }
  if (startsAt < earliest) {
    return `--start: ${timeText(startsAt)} leaves no room for ${warmUp}; it can be ${timeText(earliest)} at the earliest (${covers})`;
  }
  if (startsAt > lastOpenAt) return `--start: ${timeText(startsAt)} is after the last candle (${covers})`;
  const fitting = Math.floor((lastOpenAt - startsAt) / stepMs) + 1;
  if (options.rounds > fitting) {
    const most = Math.floor((lastOpenAt - earliest) / stepMs) + 1;
    const earlier = most > fitting ? `, and ${most} from ${timeText(earliest)}` : "";
    return `--rounds ${options.rounds}: only ${fitting} rounds of ${interval} fit from ${timeText(startsAt)}${earlier} (${covers}, after ${warmUp})`;
  }
  return { intervalSeconds, startsAt };
}
