/** The synthetic market as a source: whoever needs the next candles generates and stores them; the first one wins. */
import type { Query } from "../db/query.ts";
import { appendCandles, MAX_CANDLES_A_STATEMENT } from "../db/statements/candle-append.ts";
import { readCandleSource } from "../db/statements/candle-source-read.ts";
import type { Candle } from "../strategies/strategy.ts";
import type { CandleSource, MarketSource } from "./market.ts";
import { type SyntheticState, stepSynthetic, syntheticStateSchema } from "./synthetic.ts";

/** Statements that one call writes: after a long outage the next call goes on where this one ended. */
const MAX_CHUNKS_A_CALL = 20;

export const syntheticSource: MarketSource = {
  kind: "synthetic",
  /** A candle is made from its opening time on, by the database's clock, and not before; a stored one is there. */
  async publish(query, sourceId, openAt) {
    const source = await readCandleSource(query, sourceId);
    if (source === null) return "missing";
    if (openAt > Date.parse(source.now) && openAt > Date.parse(source.lastOpenAt)) return "not_yet";
    return fillSynthetic(query, sourceId, openAt, { maxChunks: MAX_CHUNKS_A_CALL });
  },
};

export interface FillOptions {
  /** Statements at most; no bound without it. */
  readonly maxChunks?: number;
  /** Called after each statement with the opening time, in epoch ms, of the last candle stored. */
  readonly onProgress?: (lastOpenAt: number) => void;
}

/**
 * Stores what is missing up to the candle that opens at `openAt` (epoch ms), whatever the clock says: a replay on the
 * synthetic market needs its whole span at once. 'not_yet' when the bound on statements came first.
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
    const next = generate(source, wanted);
    if (await appendCandles(query, { sourceId, ...next })) options.onProgress?.(next.lastOpenAt);
  }
}

/** The candles after the source's last one, up to `openAt` or what fits one statement. */
function generate(source: CandleSource, openAt: number) {
  const stepMs = source.intervalSeconds * 1_000;
  const previousLastOpenAt = Date.parse(source.lastOpenAt);
  const steps = Math.max(1, Math.floor(MAX_CANDLES_A_STATEMENT / source.symbols.length));
  let state: SyntheticState = syntheticStateSchema.parse(source.state);
  let lastOpenAt = previousLastOpenAt;
  const candles: (Candle & { symbol: string })[] = [];
  for (let step = 0; step < steps && lastOpenAt + stepMs <= openAt; step++) {
    lastOpenAt += stepMs;
    const next = stepSynthetic(state, lastOpenAt, source.intervalSeconds);
    state = next.state;
    for (const [symbol, candle] of Object.entries(next.candles)) candles.push({ symbol, ...candle });
  }
  return { previousLastOpenAt, lastOpenAt, candles, state };
}
