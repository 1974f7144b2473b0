/** The fixture's prices and orders, and the rules' arithmetic in whole numbers (bigint). */

/** Units: cash and quantities 1e-8, prices 1e-5, P′ 1e-9. */
const E8 = 100_000_000n;
const FEE = 10n;
export const HALF = 2n;
const SLIPPAGE = 3n;
const MINIMUM = E8;
export const STARTING = 500n * E8;
export const BASE_SECONDS = 300;
export const START = Date.UTC(2026, 6, 15);

export const symbols = ["BTC-USDT", "DOGE-USDT", "ETH-USDT"] as const;
export type Sym = (typeof symbols)[number];
const basePrice: Record<Sym, bigint> = { "BTC-USDT": 10_456_613_000n, "DOGE-USDT": 21_437n, "ETH-USDT": 350_012_500n };

export type State = "open" | "filled" | "refused" | "dropped";
export interface Plan {
  readonly side: "buy" | "sell";
  readonly symbol: string;
  readonly amount: bigint;
  /** The code with which the decision's check must refuse the order. */
  readonly code?: string;
}
export interface Lot {
  readonly symbol: Sym;
  readonly round: number;
  readonly seq: number;
  quantity: bigint;
  cost: bigint;
}
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly baseline: boolean;
  readonly limits: Record<string, unknown> | null;
  readonly firstRound: number;
  readonly lastRound: number | null;
  cash: bigint;
  held: Map<Sym, bigint>;
  lots: Lot[];
  trades: number;
  closed: number;
  winning: number;
  fees: bigint;
  profit: bigint;
  version: number;
  recoveries: number;
  equities: bigint[];
}

export function money(units: bigint, places = 8): string {
  const sign = units < 0n ? "-" : "";
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** A walk without chance: each candle's open differs from the close before it, by turns up and down. */
export function candle(symbol: Sym, k: number) {
  const base = basePrice[symbol];
  const wave = (n: number) => (base * BigInt(((n * 7919 + symbol.charCodeAt(0) * 131) % 601) - 300)) / 20_000n;
  const close = base + wave(k);
  const before = base + wave(k - 1);
  const open = before + (before / 5000n) * (k % 2 === 0 ? 1n : -1n);
  const [low, high] = open < close ? [open, close] : [close, open];
  return { open, close, low: low - 3n, high: high + 3n, volume: BigInt(1000 + ((k * 37) % 91)) };
}

export const larger = (a: bigint, b: bigint) => [a, b].sort((x, y) => (x < y ? 1 : -1))[0] ?? a;
const floorDiv = (a: bigint, b: bigint) => (a >= 0n ? a / b : -((-a + b - 1n) / b));
const ceilDiv = (a: bigint, b: bigint) => -floorDiv(-a, b);

/** The fill of docs/rules.md in whole numbers. Null: below the minimum, or nothing to sell or spend. */
export function fill(side: "buy" | "sell", amount: bigint, cash: bigint, held: bigint, mid: bigint) {
  const price = mid * (10_000n + (side === "buy" ? HALF + SLIPPAGE : -HALF - SLIPPAGE));
  const feeOf = (quantity: bigint) => ceilDiv(quantity * price * FEE, 10n ** 13n);
  if (side === "buy") {
    if (cash <= 0n) return "trading.insufficient_cash";
    const spend = amount < cash ? amount : cash;
    if (spend < MINIMUM) return "trading.below_minimum";
    let quantity = (spend * 10n ** 9n * 10_000n) / (price * (10_000n + FEE));
    const paid = () => quantity * price + feeOf(quantity) * 10n ** 9n;
    while (paid() > spend * 10n ** 9n) quantity -= 1n;
    return {
      quantity,
      price,
      fee: feeOf(quantity),
      held: held + quantity,
      cash: floorDiv(cash * 10n ** 9n - paid(), 10n ** 9n),
    };
  }
  if (held <= 0n) return "trading.insufficient_holding";
  const quantity = amount < held ? amount : held;
  if (quantity * mid < MINIMUM * 100_000n) return "trading.below_minimum";
  const fee = feeOf(quantity);
  const after = floorDiv(cash * 10n ** 9n + quantity * price - fee * 10n ** 9n, 10n ** 9n);
  return { quantity, price, fee, cash: after, held: held - quantity };
}

/** The orders of each entry, chosen so that every code and every cut comes up. */
export function script(member: Member, round: number, close: Record<Sym, bigint>, mid: Record<Sym, bigint>): Plan[] {
  const held = (symbol: Sym) => member.held.get(symbol) ?? 0n;
  const whole = (n: number) => BigInt(n) * E8;
  const buy = (symbol: string, amount: bigint, code?: string): Plan => ({
    side: "buy",
    symbol,
    amount,
    ...(code ? { code } : {}),
  });
  const sell = (symbol: string, amount: bigint, code?: string): Plan => ({
    side: "sell",
    symbol,
    amount,
    ...(code ? { code } : {}),
  });
  const { name } = member;
  if (name === "HoldDoge" && round === 0) return [buy("DOGE-USDT", member.cash)];
  if (name === "HoldBtc" && round === 0) return [buy("BTC-USDT", member.cash)];
  if (name === "HoldBtc" && round === 1) return [sell("BTC-USDT", held("BTC-USDT")), buy("ETH-USDT", whole(1) + 1n)];
  if (name === "HoldBtc" && round === 6) return [buy("DOGE-USDT", whole(2))];
  if (name === "Bold") {
    if (round === 0)
      return [
        buy("BTC-USDT", whole(100)),
        buy("ETH-USDT", whole(150) + 12_345_678n),
        buy("DOGE-USDT", whole(20), "trading.trades_per_round"),
      ];
    if (round === 1)
      return [
        buy("BTC-USDT", whole(600), "trading.insufficient_cash"),
        sell("BTC-USDT", held("BTC-USDT") / 3n + 1n),
        buy("BTC-USDT", whole(30)),
      ];
    if (round === 2)
      return [
        sell("BTC-USDT", held("BTC-USDT") - 7n),
        sell("ETH-USDT", held("ETH-USDT") * 2n, "trading.insufficient_holding"),
      ];
    if (round === 3)
      return [
        buy("XYZ-USDT", whole(10), "trading.unknown_symbol"),
        buy("BTC-USDT", 0n, "trading.bad_amount"),
        buy("BTC-USDT", E8 - 1n, "trading.below_minimum"),
      ];
    if (round === 6) return [sell("ETH-USDT", held("ETH-USDT")), buy("DOGE-USDT", whole(100))];
  }
  if (name === "Shy") {
    if (round === 0)
      return [
        buy("BTC-USDT", whole(450), "trading.cash_reserve"),
        buy("BTC-USDT", whole(130), "trading.position_share"),
        buy("ETH-USDT", whole(60), "trading.risk_limit"),
        buy("ETH-USDT", whole(50)),
      ];
    // Worth slightly more than the minimum at the close, and less where the fill candle opens lower.
    if (round === 1 || round === 2) {
      const dust = ceilDiv(MINIMUM * 100_000n, close["ETH-USDT"]);
      return mid["ETH-USDT"] < close["ETH-USDT"]
        ? [sell("ETH-USDT", dust)]
        : [sell("ETH-USDT", dust - 1n, "trading.below_minimum")];
    }
  }
  if (name === "Late" && round % 2 === 1)
    return [
      buy("DOGE-USDT", whole(11)),
      ...(held("DOGE-USDT") > 0n ? [sell("DOGE-USDT", held("DOGE-USDT") / 2n)] : []),
    ];
  if (name.startsWith("Crowd")) {
    const symbol = symbols[(round + name.length) % 3] ?? "BTC-USDT";
    return [buy(symbol, whole(2)), ...(held(symbol) > 0n ? [sell(symbol, held(symbol))] : [])];
  }
  return [];
}
