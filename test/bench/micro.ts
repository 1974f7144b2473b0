/** Micro-benches of the pure core: a decision, a fill batch of 100, ranking 10,000. */
import Table from "cli-table3";
import { Bench } from "tinybench";
import type { Candle } from "../../src/core/candle.ts";
import { checkOrders } from "../../src/core/checks.ts";
import { type AcceptedOrder, fillOrders } from "../../src/core/fills.ts";
import { WARM_UP_CANDLES } from "../../src/core/phases.ts";
import { seededRandom } from "../../src/core/random.ts";
import { rankByEquity } from "../../src/core/ranking.ts";
import { limitsSchema, rulesSchema } from "../../src/core/rules.ts";
import { canonicalJson } from "../../src/core/text/canonical.ts";
import { defaultField } from "../../src/strategies/default-field.ts";
import { computeIndicators } from "../../src/strategies/indicators.ts";
import { strategies } from "../../src/strategies/registry.ts";
import type { View } from "../../src/strategies/strategy.ts";

const SYMBOLS = ["BTC-USDT", "ETH-USDT", "SOL-USDT"] as const;
const FIELD = defaultField(SYMBOLS).filter((agent) => agent.strategy_type !== "baseline");

function candles(seed: string): Candle[] {
  const dice = seededRandom(seed);
  let price = 100;
  return Array.from({ length: WARM_UP_CANDLES }, (_, i) => {
    const open = price;
    price *= 1 + (dice.next() - 0.5) * 0.02;
    const text = (n: number) => n.toFixed(2);
    return {
      openAt: i * 300_000,
      open: text(open),
      close: text(price),
      volume: "10",
      high: text(Math.max(open, price) * 1.001),
      low: text(Math.min(open, price) * 0.999),
    };
  });
}

/** The median of a run of half a second after a warm-up. Nothing is stored or sent. */
export async function runMicro(signal: AbortSignal): Promise<number> {
  const rules = rulesSchema.parse({ seed: "micro" });
  const windows = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, candles(symbol)]));
  const indicators = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, computeIndicators(windows[symbol] ?? [])]));
  const prices = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, windows[symbol]?.at(-1)?.close ?? "1"]));
  const views = FIELD.map(({ name, config, strategy }, i) => {
    const limits = limitsSchema.parse(config.limits);
    const view: View = {
      round: i,
      symbols: SYMBOLS,
      prices,
      indicators,
      memory: {},
      limits,
      params: {},
      seed: `micro/${name}/${i}`,
      account: { cash: "300", positions: { "BTC-USDT": "0.5", "ETH-USDT": "0.4" } },
      fills: [],
      min_order: "1",
    };
    return { strategy, view, limits };
  });
  let nth = 0;
  const decide = () => {
    const next = views[nth++ % views.length];
    if (!next) return;
    const choice = strategies[next.strategy].decide(next.view);
    const { account } = next.view;
    canonicalJson(
      checkOrders({ account, orders: choice.orders, prices, rules, limits: next.limits, symbols: SYMBOLS }),
    );
  };
  const quote = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, { bid: "99.98", ask: "100.02", mid: "100" }]));
  const orders: AcceptedOrder[] = [
    { seq: 0, side: "sell", symbol: "BTC-USDT", amount: "0.25" },
    { seq: 1, side: "buy", symbol: "SOL-USDT", amount: "50" },
  ];
  const lots = [
    { symbol: "BTC-USDT", round: 0, seq: 0, quantity: "0.2", cost: "20" },
    { symbol: "BTC-USDT", round: 1, seq: 0, quantity: "0.3", cost: "31" },
  ];
  const account = { cash: "300", positions: { "BTC-USDT": "0.5" } };
  const dice = seededRandom("rank");
  const standings = Array.from({ length: 10_000 }, (_, i) => ({
    name: `Agent ${i}`,
    equity: (400 + dice.next() * 200).toFixed(8),
    baseline: false,
  }));

  const bench = new Bench({ time: 500, warmupTime: 200, signal });
  bench
    .add("a decision of a house strategy, checked", decide)
    .add(
      "indicators of a symbol (once a round, for all entries)",
      () => void computeIndicators(windows["BTC-USDT"] ?? []),
    )
    .add("a fill batch of 100 entries, two orders each", () => {
      for (let i = 0; i < 100; i++) fillOrders({ account, lots, orders, round: 2, quote, rules });
    })
    .add("ranking 10,000", () => void rankByEquity(standings));
  await bench.run();
  const table = new Table({
    head: ["Micro-bench", "Median ms", "p99 ms", "Runs"],
    colAligns: ["left", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const { name, result } of bench.tasks) {
    if (result.state !== "completed") throw new Error(`${name} did not run: ${JSON.stringify(result)}`);
    const { p50, p99, samplesCount } = result.latency;
    table.push([name, p50.toFixed(4), p99.toFixed(4), samplesCount]);
  }
  process.stdout.write(`${table.toString()}\n`);
  return 0;
}
