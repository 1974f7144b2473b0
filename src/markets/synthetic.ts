/**
 * The synthetic market: a pure, seeded generator of correlated candles. The model, for symbol s and candle t:
 *
 *   r(s,t) = σ(s) · [ λ(s) · F(t) + √(1 − λ(s)²) · E(s,t) ] − σ(s)²/2 − pull
 *
 * - F is one factor common to all symbols, E is a symbol's own; λ is the asset's loading, so two symbols correlate by
 *   λ(a)·λ(b). σ is the annual volatility scaled to the interval by √time.
 * - Volatility clusters: F and every E are GARCH(1,1) of mean variance 1: h(t+1) = ω + α·x(t)² + β·h(t).
 * - Fat tails: x(t) = √h(t) · Student t with 6 degrees of freedom, scaled to variance 1.
 * - A candle is a path of SUB_STEPS normal steps that share the candle's Student scale, so that their sum is that t.
 *   The first step is the gap between the previous close and the open, so that an agent that decides on closed candles does
 *   not know the price at which its order fills.
 * - The pull draws the logarithm of the price back to its base with a time constant of half a year. It is far too weak to
 *   trade on, and it keeps prices plausible in a market that runs for years.
 * - A market whose clock runs faster than real time is lively: σ is three times as large, and the price is also drawn back to
 *   its own running average. Otherwise a few hundred short rounds are often one single fall or rise, in which no agent can
 *   win, or every agent does.
 *
 * Floats may be used here, because prices are generated and no money is computed. Prices leave as decimal text, and the next
 * candle begins at the rounded close. Each candle has generators of its own, made from the text `seed:index` (and symbol), so
 * the state holds no random state. Model 1 uses that text alone. Model 2 uses it under a secret key (market-key.ts), so that
 * the seed alone tells no price.
 */
import { z } from "zod";
import type { Candle } from "../core/candle.ts";
import { type Random, seededRandom } from "../core/random.ts";
import { type SyntheticAsset, syntheticAsset } from "./synthetic-assets.ts";

const YEAR_SECONDS = 365 * 86_400;
const PULL_SECONDS = YEAR_SECONDS / 2;
/** The lively market. The average follows the price with a time constant of a day, and draws it back with one of 4 hours. */
const LIVELY_VOLATILITY = 3;
const AVERAGE_SECONDS = 86_400;
const RETURN_SECONDS = 4 * 3_600;
const ALPHA = 0.08;
const BETA = 0.9;
const OMEGA = 1 - ALPHA - BETA;
/** Bounds that keep prices finite for every seed. An ordinary run never reaches them. */
const MAX_VARIANCE = 30;
const MAX_SCALE = 30;
const SUB_STEPS = 8;

/** `variance` is that of the next candle, relative to its mean. `average` makes the market lively. */
const symbolStateSchema = z.object({
  price: z.number().positive(),
  variance: z.number().positive(),
  average: z.number().positive().optional(),
});
type SymbolState = z.infer<typeof symbolStateSchema>;

/** `count` is the index of the next candle. */
export const syntheticStateSchema = z.object({
  model: z.union([z.literal(1), z.literal(2)]),
  seed: z.string(),
  count: z.number().int().nonnegative(),
  factor_variance: z.number().positive(),
  symbols: z.record(z.string(), symbolStateSchema),
});
export type SyntheticState = z.infer<typeof syntheticStateSchema>;

/**
 * The state before the first candle. `clock` is the market's (core/market-clock.ts). Throws on a symbol that the synthetic
 * market doesn't know.
 */
export function startSynthetic(
  seed: string,
  symbols: readonly string[],
  { model = 1, clock = 1 }: { readonly model?: SyntheticState["model"]; readonly clock?: number } = {},
): SyntheticState {
  const start = (symbol: string): SymbolState => {
    const price = assetOf(symbol).basePrice;
    return { price, variance: 1, ...(clock > 1 ? { average: price } : {}) };
  };
  return {
    model,
    seed,
    count: 0,
    factor_variance: 1,
    symbols: Object.fromEntries(symbols.map((symbol) => [symbol, start(symbol)])),
  };
}

export interface SyntheticStep {
  readonly state: SyntheticState;
  /** One candle a symbol; all open at the same time. */
  readonly candles: Readonly<Record<string, Candle>>;
}

/** The texts that candle `count` is drawn from: the common factor's first, then one a symbol. */
export function drawTexts(seed: string, count: number, symbols: readonly string[]): string[] {
  return [`${seed}:${count}`, ...symbols.map((symbol) => `${seed}:${count}:${symbol}`)];
}

/**
 * The next candle of every symbol, opening at `openAt` (epoch ms) and lasting `seconds` of the market's time.
 * `draw` gives the generator of each of `drawTexts`.
 */
export function stepSynthetic(
  state: SyntheticState,
  openAt: number,
  seconds: number,
  draw: (text: string) => Random = seededRandom,
): SyntheticStep {
  const [common = "", ...texts] = drawTexts(state.seed, state.count, Object.keys(state.symbols));
  const factor = innovations(draw(common), state.factor_variance);
  const candles: Record<string, Candle> = {};
  const symbols: SyntheticState["symbols"] = {};
  for (const [i, [symbol, before]] of Object.entries(state.symbols).entries()) {
    const own = innovations(draw(texts[i] ?? ""), before.variance);
    const candle = candleOf(assetOf(symbol), before, factor.steps, own, openAt, seconds);
    candles[symbol] = candle;
    const price = Number(candle.close);
    const average = before.average === undefined ? {} : { average: nextAverage(before.average, price, seconds) };
    symbols[symbol] = { price, variance: nextVariance(before.variance, own.total), ...average };
  }
  return {
    state: {
      ...state,
      count: state.count + 1,
      factor_variance: nextVariance(state.factor_variance, factor.total),
      symbols,
    },
    candles,
  };
}

interface Innovations {
  /** What each sub-step adds; `total` is their sum, of variance h. */
  readonly steps: readonly number[];
  readonly total: number;
  /** Uniform in [0, 1), for the volume. */
  readonly spare: number;
}

function innovations(random: Random, variance: number): Innovations {
  const uniform = () => 1 - random.next(); // (0, 1], so that its logarithm is finite
  const chiSquare6 = -2 * Math.log(uniform() * uniform() * uniform());
  const scale = Math.min(4 / chiSquare6, MAX_SCALE); // 6/χ² over its mean 6/4: mean 1
  const spare = random.next();
  const size = Math.sqrt((variance * scale) / SUB_STEPS);
  const steps = Array.from({ length: SUB_STEPS }, () => size * random.gaussian());
  return { steps, total: steps.reduce((sum, step) => sum + step, 0), spare };
}

function nextVariance(variance: number, total: number): number {
  return Math.min(OMEGA + ALPHA * total * total + BETA * variance, MAX_VARIANCE);
}

function nextAverage(average: number, price: number, seconds: number): number {
  return average * Math.exp(Math.log(price / average) * Math.min(1, seconds / AVERAGE_SECONDS));
}

function candleOf(
  asset: SyntheticAsset,
  { price: previousClose, average }: SymbolState,
  factor: readonly number[],
  own: Innovations,
  openAt: number,
  intervalSeconds: number,
): Candle {
  const liveliness = average === undefined ? 1 : LIVELY_VOLATILITY;
  const sigma = liveliness * asset.annualVolatility * Math.sqrt(intervalSeconds / YEAR_SECONDS);
  const ownWeight = Math.sqrt(1 - asset.loading ** 2);
  const back = average === undefined ? 0 : Math.log(previousClose / average) * (intervalSeconds / RETURN_SECONDS);
  const pull = Math.log(previousClose / asset.basePrice) * (intervalSeconds / PULL_SECONDS) + back;
  const drift = (-(sigma ** 2) / 2 - pull) / SUB_STEPS;
  const path: number[] = [];
  let log = Math.log(previousClose);
  for (const [index, common] of factor.entries()) {
    log += sigma * (asset.loading * common + ownWeight * (own.steps[index] ?? 0)) + drift;
    path.push(Math.exp(log));
  }
  const open = path[0] ?? previousClose;
  const close = path.at(-1) ?? previousClose;
  const high = Math.max(...path);
  const low = Math.min(...path);
  const price = (value: number) => Math.max(value, 10 ** -asset.places).toFixed(asset.places);
  return {
    openAt,
    open: price(open),
    high: price(high),
    low: price(low),
    close: price(close),
    volume: volume(asset, close, Math.log(high / low) / sigma, own.spare, intervalSeconds),
  };
}

/** Base quantity: a moving market trades more. `range` is the candle's log range in units of σ, about 1.4 on average. */
function volume(asset: SyntheticAsset, price: number, range: number, spare: number, intervalSeconds: number): string {
  const typical = (asset.hourlyTurnover * intervalSeconds) / 3_600 / price;
  return (typical * (0.25 + 0.5 * range) * (0.6 + 0.8 * spare)).toFixed(4);
}

function assetOf(symbol: string): SyntheticAsset {
  const asset = syntheticAsset(symbol);
  if (asset === null) throw new Error(`The synthetic market has no ${symbol}.`);
  return asset;
}
