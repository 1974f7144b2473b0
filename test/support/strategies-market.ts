/** Markets and rounds for the tests of strategies: candles from closes, views, and a replay without the stack. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Account, Lot } from "../../src/core/account.ts";
import type { Candle } from "../../src/core/candle.ts";
import { type CheckedOrder, checkOrders } from "../../src/core/checks.ts";
import { type FillResult, fillOrders } from "../../src/core/fills.ts";
import { WARM_UP_CANDLES } from "../../src/core/phases.ts";
import { seededRandom } from "../../src/core/random.ts";
import { type Limits, rulesSchema } from "../../src/core/rules.ts";
import { computeIndicators } from "../../src/strategies/indicators.ts";
import type { OrderFate, Strategy, View } from "../../src/strategies/strategy.ts";
import { windowAt } from "../../src/strategies/window.ts";

export const INTERVAL_MS = 300_000;
export const START_MS = 1_748_736_000_000;
export const rules = rulesSchema.parse({});

/** The folder of real candles. Undefined: the tests that need the folder are skipped. */
export const candleFolder = process.env.AGONUS_CANDLES;

/** Makes candles from closes in quote currency. Highs and lows are the ends of the bodies. */
export function candlesOf(closes: readonly number[], volumes?: readonly number[]): Candle[] {
  return closes.map((close, i) => {
    const open = closes[Math.max(0, i - 1)] ?? close;
    return {
      openAt: START_MS + i * INTERVAL_MS,
      open: open.toFixed(8),
      high: Math.max(open, close).toFixed(8),
      low: Math.min(open, close).toFixed(8),
      close: close.toFixed(8),
      volume: (volumes?.[i] ?? 1).toFixed(8),
    };
  });
}

/** Closes of a seeded random walk around 100, with bursts. Volumes are zero now and then. */
export function walk(seed: string, count: number): Candle[] {
  const dice = seededRandom(seed);
  let close = 100;
  let volatility = 0.002;
  const closes: number[] = [];
  const volumes: number[] = [];
  for (let i = 0; i < count; i++) {
    if (dice.int(40) === 0) volatility = 0.0005 + 0.01 * dice.next();
    close *= Math.exp(volatility * dice.gaussian());
    closes.push(close);
    volumes.push(dice.int(10) === 0 ? 0 : 1 + 5 * dice.next());
  }
  return candlesOf(closes, volumes);
}

export interface Market {
  readonly symbols: readonly string[];
  readonly candles: Readonly<Record<string, readonly Candle[]>>;
}

export const only = (candles: readonly Candle[], symbol = "BTC-USDT"): Market => ({
  symbols: [symbol],
  candles: { [symbol]: candles },
});

/** BTC, ETH, … of the folder of real candles. */
export function readMarket(folder: string, symbols: readonly string[]): Market {
  const candles = Object.fromEntries(
    symbols.map((symbol) => {
      const [, ...lines] = readFileSync(join(folder, `${symbol}.5m.csv`), "utf8")
        .trim()
        .split("\n");
      const rows = lines.map((line): Candle => {
        const [time, open = "", high = "", low = "", close = "", volume = ""] = line.split(",");
        return { openAt: Number(time), open, high, low, close, volume };
      });
      return [symbol, rows];
    }),
  );
  return { symbols, candles };
}

/** The view of a market in a round that is due at `dueAt` (epoch ms). */
function marketAt(market: Market, dueAt: number): Pick<View, "symbols" | "prices" | "indicators"> {
  const prices: Record<string, string> = {};
  const indicators: Record<string, View["indicators"][string]> = {};
  for (const symbol of market.symbols) {
    const window = windowAt(market.candles[symbol] ?? [], dueAt, WARM_UP_CANDLES, INTERVAL_MS);
    const last = window.at(-1);
    if (last === undefined || window.length < WARM_UP_CANDLES) continue;
    prices[symbol] = last.close;
    indicators[symbol] = computeIndicators(window);
  }
  return { symbols: market.symbols, prices, indicators };
}

/** The time at which a market's last candle closes. */
export function endOf(market: Market): number {
  return Math.max(...market.symbols.map((symbol) => (market.candles[symbol]?.at(-1)?.openAt ?? 0) + INTERVAL_MS));
}

export function viewAt(market: Market, dueAt: number, rest: Partial<View> = {}): View {
  return {
    round: 0,
    ...marketAt(market, dueAt),
    account: { cash: "500", positions: {} },
    fills: [],
    min_order: rules.min_order,
    memory: {},
    limits: null,
    params: {},
    seed: "seed",
    ...rest,
  };
}

/** What became of a decision's orders, as the next view shows it. */
function fatesOf(round: number, checked: readonly CheckedOrder[], results: readonly FillResult[]): OrderFate[] {
  return checked.map(({ seq, order, code }) => {
    const { side, symbol, amount } = order;
    const result = results.find((one) => one.seq === seq);
    const ordered = { round, seq, side, symbol, amount };
    if (result?.kind === "filled") {
      const { quantity, price, fee, cashChange: cash_change } = result;
      return { ...ordered, state: "filled", code: null, quantity, price, fee, cash_change };
    }
    const nothing = { quantity: null, price: null, fee: null, cash_change: null };
    return { ...ordered, state: "refused", code: result?.code ?? code ?? null, ...nothing };
  });
}

export interface Player {
  readonly name: string;
  readonly strategy: Strategy;
  readonly limits: Limits | null;
  readonly params?: Readonly<Record<string, unknown>>;
}

export interface Outcome {
  readonly name: string;
  readonly equity: string;
  readonly trades: number;
  readonly busyRounds: number;
  readonly refused: readonly string[];
  readonly reasonings: readonly string[];
}

/** Plays rounds from the first one with a full window. Orders are checked, and fill at the open of the next candle. */
export function replay(market: Market, players: readonly Player[], rounds: number): Outcome[] {
  const states = players.map((player) => ({
    player,
    account: { cash: "500", positions: {} } as Account,
    lots: [] as readonly Lot[],
    memory: {} as Readonly<Record<string, unknown>>,
    fills: [] as readonly OrderFate[],
    trades: 0,
    busyRounds: 0,
    refused: [] as string[],
    reasonings: [] as string[],
  }));
  const firstAt = (market.candles[market.symbols[0] ?? ""]?.[0]?.openAt ?? 0) + WARM_UP_CANDLES * INTERVAL_MS;
  let opens: Record<string, string> = {};
  for (let round = 0; round < rounds; round++) {
    const dueAt = firstAt + round * INTERVAL_MS;
    const seen = marketAt(market, dueAt);
    opens = Object.fromEntries(
      market.symbols.flatMap((symbol) => {
        const next = windowAt(market.candles[symbol] ?? [], dueAt + INTERVAL_MS, 1, INTERVAL_MS)[0];
        return next?.openAt === dueAt ? [[symbol, next.open]] : [];
      }),
    );
    const quote = Object.fromEntries(Object.entries(opens).map(([s, mid]) => [s, { bid: mid, ask: mid, mid }]));
    for (const state of states) {
      const { player, account } = state;
      const choice = player.strategy.decide({
        round,
        ...seen,
        account,
        fills: state.fills,
        min_order: rules.min_order,
        memory: state.memory,
        limits: player.limits,
        params: player.params ?? {},
        seed: `1/${player.name}/${round}`,
      });
      const { orders } = choice;
      const checked = checkOrders({
        account,
        orders,
        prices: seen.prices,
        rules,
        limits: player.limits,
        symbols: market.symbols,
      });
      const open = checked.flatMap(({ seq, order, state: to }) => (to === "open" ? [{ seq, ...order }] : []));
      const settled = fillOrders({ account, lots: state.lots, orders: open, round, quote, rules });
      state.account = { cash: settled.cash, positions: settled.positions };
      state.lots = settled.lots;
      state.memory = choice.memory ?? state.memory;
      state.fills = fatesOf(round, checked, settled.results);
      state.trades += settled.results.filter((result) => result.kind === "filled").length;
      state.busyRounds += orders.length > 0 ? 1 : 0;
      state.refused.push(...checked.flatMap((one) => (one.code === undefined ? [] : [one.code])));
      state.refused.push(...settled.results.flatMap((one) => (one.kind === "refused" ? [one.code] : [])));
      state.reasonings.push(choice.reasoning);
    }
  }
  return states.map(({ player, account, trades, busyRounds, refused, reasonings }) => {
    const held = Object.entries(account.positions).map(([symbol, q]) => Number(q) * Number(opens[symbol] ?? 0));
    const equity = held.reduce((sum, worth) => sum + worth, Number(account.cash)).toFixed(2);
    return { name: player.name, equity, trades, busyRounds, refused, reasonings };
  });
}
