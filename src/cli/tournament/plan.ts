/** Checks all settings of a replay before anything is started. When a setting does not fit, the error says which value would. */
import { uuidv7 } from "uuidv7";
import { limits } from "../../core/limits.ts";
import { marketClock } from "../../core/market-clock.ts";
import { WARM_UP_CANDLES } from "../../core/phases.ts";
import { canonicalJson, sha256Hex } from "../../core/text/canonical.ts";
import type { AgentBody } from "../../http/agents/bodies.ts";
import { type ImportedCandles, importedSourceId } from "../../markets/create-source.ts";
import { intervalText, timeText } from "../../markets/intervals.ts";
import { drawsInSecret } from "../../markets/market-key.ts";
import { defaultField } from "../../strategies/default-field.ts";
import { type AgentsResult, readAgentsFile } from "../agents-file.ts";
import { readCandleFolder, sharedSpan } from "../candles/folder.ts";
import { unusedText } from "../candles/import.ts";
import { gapWithin, tournamentCandles } from "../candles/tournament-candles.ts";
import type { TournamentOptions } from "./args.ts";

/** The symbols, round 0 and interval of the synthetic market, for a replay without candle files. */
const SYNTHETIC_SYMBOLS = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BNB-USDT", "XRP-USDT", "DOGE-USDT"] as const;
const SYNTHETIC_START = Date.parse("2025-01-01T00:00:00Z");
const SYNTHETIC_INTERVAL_SECONDS = 300;

type PlannedSource =
  | { readonly kind: "files"; readonly id: string; readonly candles: ImportedCandles }
  | {
      readonly kind: "synthetic";
      readonly id: string;
      readonly firstOpenAt: number;
      readonly lastOpenAt: number;
      /** Whether the candles are drawn under a secret key. If so, each tournament has its own candles. */
      readonly secret: boolean;
    };

export interface TournamentPlan {
  readonly options: TournamentOptions;
  readonly source: PlannedSource;
  readonly symbols: readonly string[];
  readonly intervalSeconds: number;
  /** Epoch milliseconds. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly agents: readonly AgentBody[];
  /**
   * The name holds a hash of everything that decides the outcome. By this hash, the same plan finds its unfinished
   * tournament again.
   */
  readonly name: string;
  /** What a user should know of the candles, a sentence each. */
  readonly notes: readonly string[];
  /** Removes what the plan holds on the disk. */
  close(): Promise<void>;
}

export type PlanResult =
  | { readonly kind: "ok"; readonly plan: TournamentPlan }
  | { readonly kind: "bad"; readonly errors: readonly string[] };

/** A plan that came back holds files until it is closed. `signal` gives up reading the candles. */
export async function planTournament(
  options: TournamentOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<PlanResult> {
  const market =
    options.candles === null ? await syntheticMarket(options) : await filesMarket(options, options.candles, signal);
  if (market.kind === "bad") return market;
  const agents = await fieldOf(options, market.symbols);
  if (agents.kind === "bad") {
    await market.close();
    return agents;
  }

  const { symbols, intervalSeconds, startsAt } = market;
  const source = withheld(market.source, kindsOf(agents.agents));
  const { rounds, seed } = options;
  const shortSeed = seed.length > 20 ? `${seed.slice(0, 19)}…` : seed;
  const key = await sha256Hex(
    canonicalJson({ source: market.source.id, rounds, seed, intervalSeconds, startsAt, agents: agents.agents }),
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
      notes: market.notes,
      close: market.close,
      name: `Replay of ${rounds} × ${intervalText(intervalSeconds)}, seed ${shortSeed} (${key.slice(0, 12)})`,
    },
  };
}

/** The house field or that of --agents, then the agents of --with. Names are compared over all of them. */
async function fieldOf({ agents, guests }: TournamentOptions, symbols: readonly string[]): Promise<AgentsResult> {
  const field: AgentsResult =
    agents === null ? { kind: "ok", agents: defaultField(symbols) } : await readAgentsFile(agents);
  if (field.kind === "bad" || guests === null) return field;
  const joining = await readAgentsFile(guests, field.agents);
  return joining.kind === "bad" ? joining : { kind: "ok", agents: [...field.agents, ...joining.agents] };
}

function kindsOf(agents: readonly AgentBody[]): string[] {
  return agents.map(({ kind }) => kind ?? "house");
}

/**
 * An outside agent could compute the candles from the seed. So when one plays, the candles are drawn under a secret key, and
 * the source's id does not depend on the seed.
 */
export function withheld(source: PlannedSource, kinds: readonly string[]): PlannedSource {
  if (source.kind === "files" || !drawsInSecret("replay", kinds)) return source;
  return { ...source, id: `synthetic:${uuidv7()}`, secret: true };
}

type Market =
  | {
      kind: "ok";
      source: PlannedSource;
      symbols: readonly string[];
      intervalSeconds: number;
      startsAt: number;
      notes: readonly string[];
      close: () => Promise<void>;
    }
  | { kind: "bad"; errors: readonly string[] };

async function filesMarket(options: TournamentOptions, path: string, signal: AbortSignal): Promise<Market> {
  const { fill, acceptJumps, intervalSeconds } = options;
  const read = await readCandleFolder(path, { fill, acceptJumps, intervalSeconds, signal });
  if (read.kind === "bad") return read;
  const { folder } = read;
  const refuse = async (error: string): Promise<Market> => {
    await folder.close();
    return { kind: "bad", errors: [...folder.unused.map(unusedText), error] };
  };
  if (folder.series.length > limits.symbolsMax) {
    return refuse(
      `${path}: a tournament trades at most ${limits.symbolsMax} symbols, and there are ${folder.series.length}`,
    );
  }
  const shared = sharedSpan(folder);
  if (typeof shared === "string") return refuse(shared);
  const span = fitSpan({ ...shared, intervalSeconds: folder.intervalSeconds }, options);
  if (typeof span === "string") return refuse(span);
  const stepMs = span.intervalSeconds * 1_000;
  const asked = {
    from: span.startsAt - WARM_UP_CANDLES * stepMs,
    to: span.startsAt + (options.rounds - 1) * stepMs,
  };
  const gap = gapWithin(folder, asked);
  if (gap !== null) return refuse(gap);
  const candles = await tournamentCandles(folder, { from: shared.firstOpenAt, to: shared.lastOpenAt }, asked);
  return {
    kind: "ok",
    source: { kind: "files", id: importedSourceId(candles.contentHash), candles },
    symbols: candles.symbols,
    notes: [...folder.notes, ...(shared.note === null ? [] : [shared.note])],
    close: folder.close,
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
  // The hash leaves out the number of rounds, so that a longer run of the same seed goes on with the same candles.
  const clock = marketClock(intervalSeconds);
  const made = { model: 1, seed: options.seed, symbols, intervalSeconds, firstOpenAt };
  const hash = await sha256Hex(canonicalJson(clock === 1 ? made : { ...made, clock }));
  return {
    kind: "ok",
    source: { kind: "synthetic", id: `synthetic:${hash.slice(0, 16)}`, firstOpenAt, lastOpenAt, secret: false },
    symbols,
    intervalSeconds,
    startsAt,
    notes: [],
    close: async () => {},
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
