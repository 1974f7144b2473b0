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
 *   The first step is the gap between the previous close and the open: whoever decides on closed candles does not
 *   know the price at which the order fills.
 * - The pull draws the logarithm of the price back to its base with a time constant of half a year: far too weak to
 *   trade on, and a market that runs for years keeps prices that mean something.
 *
 * Floats are right here: prices are made, not computed with. They leave as decimal text, and the rounded close is
 * where the next candle begins. Chance is seeded anew by `seed:index` (and symbol), so the state holds none.
 */
import { z } from "zod";
import { seededRandom } from "../core/random.ts";
import type { Candle } from "../strategies/strategy.ts";
import { type SyntheticAsset, syntheticAsset } from "./synthetic-assets.ts";

const YEAR_SECONDS = 365 * 86_400;
const PULL_SECONDS = YEAR_SECONDS / 2;
const ALPHA = 0.08;
const BETA = 0.9;
const OMEGA = 1 - ALPHA - BETA;
/** Bounds that no ordinary run meets: they keep prices finite whatever the seed. */
const MAX_VARIANCE = 30;
const MAX_SCALE = 30;
const SUB_STEPS = 8;

/** Variances are of the next candle, relative to their mean; `count` is the index of the next candle. */
export const syntheticStateSchema = z.object({
  model: z.literal(1),
  seed: z.string(),
  count: z.number().int().nonnegative(),
  factor_variance: z.number().positive(),
  symbols: z.record(z.string(), z.object({ price: z.number().positive(), variance: z.number().positive() })),
});
export type SyntheticState = z.infer<typeof syntheticStateSchema>;

/** The state before the first candle. Throws on a symbol that the synthetic market doesn't know. */
export function startSynthetic(seed: string, symbols: readonly string[]): SyntheticState {
  return {
    model: 1,
    seed,
    count: 0,
    factor_variance: 1,
    symbols: Object.fromEntries(symbols.map((symbol) => [symbol, { price: assetOf(symbol).basePrice, variance: 1 }])),
  };
}

export interface SyntheticStep {
  readonly state: SyntheticState;
  /** One candle a symbol; all open at the same time. */
  readonly candles: Readonly<Record<string, Candle>>;
}

/** The next candle of every symbol, opening at `openAt` (epoch ms) and lasting `intervalSeconds`. */
export function stepSynthetic(state: SyntheticState, openAt: number, intervalSeconds: number): SyntheticStep {
  const factor = innovations(`${state.seed}:${state.count}`, state.factor_variance);
  const candles: Record<string, Candle> = {};
  const symbols: SyntheticState["symbols"] = {};
  for (const [symbol, { price, variance }] of Object.entries(state.symbols)) {
    const asset = assetOf(symbol);
    const own = innovations(`${state.seed}:${state.count}:${symbol}`, variance);
    const candle = draw(asset, price, factor.steps, own, openAt, intervalSeconds);
    candles[symbol] = candle;
    symbols[symbol] = { price: Number(candle.close), variance: nextVariance(variance, own.total) };
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

function innovations(seed: string, variance: number): Innovations {
  const random = seededRandom(seed);
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

function draw(
  asset: SyntheticAsset,
  previousClose: number,
  factor: readonly number[],
  own: Innovations,
  openAt: number,
  intervalSeconds: number,
): Candle {
  const sigma = asset.annualVolatility * Math.sqrt(intervalSeconds / YEAR_SECONDS);
  const ownWeight = Math.sqrt(1 - asset.loading ** 2);
  const pull = Math.log(previousClose / asset.basePrice) * (intervalSeconds / PULL_SECONDS);
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
