/** The synthetic market as a source. The caller that needs the next candles generates and stores them; if two do, the first wins. */
import type { Candle } from "../core/candle.ts";
import { seededRandom } from "../core/random.ts";
import type { Query } from "../db/query.ts";
import { appendCandles, MAX_CANDLES_A_STATEMENT } from "../db/statements/markets/append-candles.ts";
import { readCandleSource } from "../db/statements/markets/read-candle-source.ts";
import type { CandleSource, MarketSource } from "./market.ts";
import { keyedDraws } from "./market-key.ts";
import { drawTexts, type SyntheticState, stepSynthetic, syntheticStateSchema } from "./synthetic.ts";

/** The most statements that one call writes. After a long outage the next call goes on where this one ended. */
const MAX_CHUNKS_A_CALL = 20;

export const syntheticSource: MarketSource = {
  kind: "synthetic",
  /** A candle is generated once its opening time has come by the database's clock. A stored candle is ready in any case. */
  async publish(query, sourceId, openAt) {
    const source = await readCandleSource(query, sourceId);
    if (source === null) return "missing";
    if (openAt > Date.parse(source.now) && openAt > Date.parse(source.lastOpenAt)) return "not_yet";
    return fillSynthetic(query, sourceId, openAt, { maxChunks: MAX_CHUNKS_A_CALL });
  },
};

/**
 * Stores the candles that have closed by the database's clock, as far as one statement takes them: a new tournament then has
 * prices before its first round. The candle that is still open would tell what comes.
 */
export async function warmUp(query: Query, sourceId: string): Promise<void> {
  const source = await readCandleSource(query, sourceId);
  if (source === null) return;
  const lastClosed = Date.parse(source.now) - source.intervalSeconds * 1_000;
  if (lastClosed >= Date.parse(source.firstOpenAt)) await fillSynthetic(query, sourceId, lastClosed, { maxChunks: 1 });
}

export interface FillOptions {
  /** Statements at most; no bound without it. */
  readonly maxChunks?: number;
  /** Called after each statement with the opening time, in epoch ms, of the last candle stored. */
  readonly onProgress?: (lastOpenAt: number) => void;
}

/**
 * Stores the missing candles up to the one that opens at `openAt` (epoch ms). It ignores the clock, because a replay on the
 * synthetic market needs its whole span at once. 'not_yet': it stopped at `maxChunks`.
 */
export async function fillSynthetic(
  query: Query,
  sourceId: string,
  openAt: number,
  options: FillOptions = {},
): Promise<"ready" | "not_yet" | "missing"> {
  for (let chunk = 0; ; chunk++) {
    const source = await readCandleSource(query, sourceId);
    if (source === null || source.kind !== "synthetic" || openAt < Date.parse(source.firstOpenAt)) return "missing";
    const wanted = openAt - ((openAt - Date.parse(source.firstOpenAt)) % (source.intervalSeconds * 1_000));
    if (wanted <= Date.parse(source.lastOpenAt)) return "ready";
    if (chunk === options.maxChunks) return "not_yet";
    const next = await generate(source, wanted);
    if (await appendCandles(query, { sourceId, ...next })) options.onProgress?.(next.lastOpenAt);
  }
}

/** Generates the candles after the source's last one, up to `openAt` or as many as fit into one statement. */
async function generate(source: CandleSource, openAt: number) {
  const stepMs = source.intervalSeconds * 1_000;
  const marketSeconds = source.intervalSeconds * source.marketClock;
  const previousLastOpenAt = Date.parse(source.lastOpenAt);
  const most = Math.max(1, Math.floor(MAX_CANDLES_A_STATEMENT / source.symbols.length));
  const steps = Math.min(most, (openAt - previousLastOpenAt) / stepMs);
  let state: SyntheticState = syntheticStateSchema.parse(source.state);
  const draw = await drawsOf(source, state, steps);
  let lastOpenAt = previousLastOpenAt;
  const candles: (Candle & { symbol: string })[] = [];
  for (let step = 0; step < steps; step++) {
    lastOpenAt += stepMs;
    const next = stepSynthetic(state, lastOpenAt, marketSeconds, draw);
    state = next.state;
    for (const [symbol, candle] of Object.entries(next.candles)) candles.push({ symbol, ...candle });
  }
  return { previousLastOpenAt, lastOpenAt, candles, state };
}

/** The generators of the next candles. A market that lost its key stops: it must not fall back on its seed. */
async function drawsOf(source: CandleSource, { model, seed, count }: SyntheticState, steps: number) {
  if (model === 1) return seededRandom;
  if (source.key === null) throw new Error(`the synthetic market ${source.id} has lost its key`);
  const texts = Array.from({ length: steps }, (_, step) => drawTexts(seed, count + step, source.symbols));
  return keyedDraws(source.key, texts.flat());
}
