/** The house cup's market, contestants and costs, without the stack: is the contest worth watching? */
import { expect, test } from "vitest";
import type { Account, Lot } from "../../../src/core/account.ts";
import type { Candle } from "../../../src/core/candle.ts";
import { checkOrders } from "../../../src/core/checks.ts";
import { fillOrders } from "../../../src/core/fills.ts";
import { clockText, marketClock } from "../../../src/core/market-clock.ts";
import { WARM_UP_CANDLES } from "../../../src/core/phases.ts";
import { limitsSchema, rulesSchema } from "../../../src/core/rules.ts";
import { startSynthetic, stepSynthetic } from "../../../src/markets/synthetic.ts";
import { quoteOf } from "../../../src/rounds/quote.ts";
import { defaultField } from "../../../src/strategies/default-field.ts";
import { computeIndicators } from "../../../src/strategies/indicators.ts";
import { strategies } from "../../../src/strategies/registry.ts";
import type { OrderFate } from "../../../src/strategies/strategy.ts";

const SYMBOLS = ["BTC-USDT", "ETH-USDT", "SOL-USDT"];
const INTERVAL = 5;
const ROUNDS = 200;
const rules = rulesSchema.parse({});
const seeds = (count: number) => Array.from({ length: count }, (_, i) => String(i + 1));
const each = <V>(value: (symbol: string) => V) => Object.fromEntries(SYMBOLS.map((symbol) => [symbol, value(symbol)]));

/** Candles one after another, each a round long. */
function marketOf(seed: string, clock: number) {
  let state = startSynthetic(seed, SYMBOLS, { clock });
  return (): Readonly<Record<string, Candle>> => {
    const step = stepSynthetic(state, state.count * INTERVAL * 1000, INTERVAL * clock);
    state = step.state;
    return step.candles;
  };
}

interface Player {
  readonly name: string;
  readonly strategy: keyof typeof strategies;
  readonly params: Readonly<Record<string, unknown>>;
  /** Null for baselines. */
  readonly limits: ReturnType<typeof limitsSchema.parse> | null;
  account: Account;
  lots: readonly Lot[];
  memory: Readonly<Record<string, unknown>>;
  fills: readonly OrderFate[];
  equity: number;
}

function field(): Player[] {
  return defaultField(SYMBOLS).map(({ name, strategy, strategy_type, config }) => ({
    name,
    strategy,
    params: config.params ?? {},
    limits: strategy_type === "baseline" ? null : limitsSchema.parse(config.limits),
    account: { cash: "500", positions: {} },
    lots: [],
    memory: {},
    fills: [],
    equity: 500,
  }));
}

/** How many trades of the whole field were closed, how many of them won, and how often the first three places changed. */
function play(seed: string, clock: number) {
  const next = marketOf(seed, clock);
  const seen: Record<string, Candle>[] = Array.from({ length: WARM_UP_CANDLES }, next);
  const players = field();
  const tally = { closed: 0, won: 0, changes: 0 };
  let first = "";
  for (let round = 0; round < ROUNDS; round++) {
    const window = (symbol: string) => seen.slice(-WARM_UP_CANDLES).flatMap((at) => at[symbol] ?? []);
    const prices = each((symbol) => seen.at(-1)?.[symbol]?.close ?? "");
    const indicators = each((symbol) => computeIndicators(window(symbol)));
    const candle = next();
    const quote = quoteOf(
      each((symbol) => ({ price: candle[symbol]?.open ?? "", filled: false })),
      rules.half_spread_bps,
    );
    for (const player of players) {
      const { account, memory, params, limits, lots } = player;
      const view = {
        round,
        symbols: SYMBOLS,
        prices,
        indicators,
        account,
        memory,
        limits,
        params,
        fills: player.fills,
        min_order: rules.min_order,
      };
      const choice = strategies[player.strategy].decide({ ...view, seed: `${seed}/${player.name}/${round}` });
      const checked = checkOrders({ account, orders: choice.orders, prices, rules, limits, symbols: SYMBOLS });
      const orders = checked.flatMap(({ seq, order, state }) => (state === "open" ? [{ seq, ...order }] : []));
      const after = fillOrders({ account, lots, orders, round, quote, rules });
      for (const fill of after.results) {
        if (fill.kind !== "filled" || fill.realizedProfit === null) continue;
        tally.closed++;
        if (Number(fill.realizedProfit) > 0) tally.won++;
      }
      const worth = Object.entries(after.positions).map(([symbol, held]) => Number(held) * Number(quote[symbol]?.mid));
      player.account = { cash: after.cash, positions: after.positions };
      player.lots = after.lots;
      player.memory = choice.memory ?? memory;
      player.fills = checked.map(({ seq, order, state, code }): OrderFate => {
        const fill = after.results.find((result) => result.seq === seq);
        const done = fill?.kind === "filled" ? fill : null;
        return {
          round,
          seq,
          ...order,
          state: done ? "filled" : "refused",
          code: state === "refused" ? (code ?? null) : fill?.kind === "refused" ? fill.code : null,
          quantity: done?.quantity ?? null,
          price: done?.price ?? null,
          fee: done?.fee ?? null,
          cash_change: done?.cashChange ?? null,
        };
      });
      player.equity = worth.reduce((sum, value) => sum + value, Number(after.cash));
    }
    seen.push(candle);
    // Baselines have no rank.
    const ranked = players.filter(({ limits }) => limits !== null).sort((a, b) => b.equity - a.equity);
    const top = ranked
      .map(({ name }) => name)
      .slice(0, 3)
      .join();
    if (round > 0 && top !== first) tally.changes++;
    first = top;
  }
  return tally;
}

const share = ({ closed, won }: { closed: number; won: number }) => won / closed;

test.each(seeds(20))(
  "under seed %s the first three change places, and of the closed trades 20 to 70 %% win",
  (seed) => {
    const tally = play(seed, marketClock(INTERVAL));
    expect(tally.changes).toBeGreaterThan(2);
    expect(tally.closed).toBeGreaterThan(20);
    expect(share(tally)).toBeGreaterThanOrEqual(0.2);
    expect(share(tally)).toBeLessThanOrEqual(0.7);
  },
);

test("in real time nobody could win: a candle of 5 s moves by less than a trade costs", () => {
  const tallies = seeds(5).map((seed) => play(seed, 1));
  const sum = (of: (tally: (typeof tallies)[number]) => number) =>
    tallies.reduce((total, tally) => total + of(tally), 0);
  expect(share({ closed: sum(({ closed }) => closed), won: sum(({ won }) => won) })).toBeLessThan(0.1);
});

test("a round shorter than a minute is as many minutes of the market as it has seconds; a longer one keeps real time", () => {
  expect([1, 5, 30, 59].map((seconds) => marketClock(seconds))).toEqual([60, 60, 60, 60]);
  expect([60, 61, 300, 86_400].map((seconds) => marketClock(seconds))).toEqual([1, 1, 1, 1]);
  expect([1, 60, 3_600, 90].map(clockText)).toEqual([null, "1 s = 1 min", "1 s = 1 h", "1 s = 90 s"]);
});
