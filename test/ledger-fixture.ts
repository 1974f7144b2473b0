/**
 * A small tournament written row by row, with its own arithmetic: whole numbers (bigint), no decimal library, so that
 * the ledger is held against a third opinion. Nothing of src is used.
 */
import type { Query } from "../src/db/query.ts";

/** Units: cash and quantities 1e-8, prices 1e-5, P′ 1e-9. */
const E8 = 100_000_000n;
const FEE = 10n;
const HALF = 2n;
const SLIPPAGE = 3n;
const MINIMUM = E8;
const STARTING = 500n * E8;
const BASE_SECONDS = 300;
const START = Date.UTC(2026, 6, 15);

export const symbols = ["BTC-USDT", "DOGE-USDT", "ETH-USDT"] as const;
type Sym = (typeof symbols)[number];
const basePrice: Record<Sym, bigint> = { "BTC-USDT": 10_456_613_000n, "DOGE-USDT": 21_437n, "ETH-USDT": 350_012_500n };

type State = "open" | "filled" | "refused" | "dropped";
interface Plan {
  readonly side: "buy" | "sell";
  readonly symbol: string;
  readonly amount: bigint;
  /** The refusal that the author of the plan expects of the decision's check. */
  readonly code?: string;
}
interface Lot {
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

export interface FixtureOptions {
  /** Candles of 300 s that a round spans. */
  readonly candlesARound?: number;
  readonly rounds?: number;
  /** How far the last round has got. */
  readonly last?: "settled" | "open" | "half_settled" | "cancelled";
  /** Distinguishes the ids of several tournaments in one database. */
  readonly index?: number;
  /** Orders a round of every contestant beside the script, for volume. */
  readonly busy?: boolean;
  /** Further contestants. */
  readonly crowd?: number;
}

const limits = (risk: number, share: number, reserve: number, trades: number) => ({
  risk_score: String(risk),
  max_position_share: String(share),
  cash_reserve_share: String(reserve),
  max_trades_per_round: trades,
});

export function money(units: bigint, places = 8): string {
  const sign = units < 0n ? "-" : "";
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

const id = (kind: number, tournament: number, n: number) =>
  `01985000-000${kind}-7000-8000-${tournament.toString(16).padStart(4, "0")}${n.toString(16).padStart(8, "0")}`;

/** A walk without chance: the open of a candle differs from the close before it, now up, now down. */
function candle(symbol: Sym, k: number) {
  const base = basePrice[symbol];
  const wave = (n: number) => (base * BigInt(((n * 7919 + symbol.charCodeAt(0) * 131) % 601) - 300)) / 20_000n;
  const close = base + wave(k);
  const before = base + wave(k - 1);
  const open = before + (before / 5000n) * (k % 2 === 0 ? 1n : -1n);
  const [low, high] = open < close ? [open, close] : [close, open];
  return { open, close, low: low - 3n, high: high + 3n, volume: BigInt(1000 + ((k * 37) % 91)) };
}

const larger = (a: bigint, b: bigint) => [a, b].sort((x, y) => (x < y ? 1 : -1))[0] ?? a;
const floorDiv = (a: bigint, b: bigint) => (a >= 0n ? a / b : -((-a + b - 1n) / b));
const ceilDiv = (a: bigint, b: bigint) => -floorDiv(-a, b);

/** The contract's fill, in whole numbers. Null: below the minimum or nothing there. */
export function fill(side: "buy" | "sell", amount: bigint, cash: bigint, held: bigint, mid: bigint) {
  const price = mid * (10_000n + (side === "buy" ? HALF + SLIPPAGE : -HALF - SLIPPAGE));
  const feeOf = (quantity: bigint) => ceilDiv(quantity * price * FEE, 10n ** 13n);
  if (side === "buy") {
    if (cash <= 0n) return "trading.insufficient_cash";
    const spend = amount < cash ? amount : cash;
    if (spend < MINIMUM) return "trading.below_minimum";
    let quantity = (spend * 10n ** 9n * 10_000n) / (price * (10_000n + FEE));
    const left = () => floorDiv(cash * 10n ** 9n - quantity * price - feeOf(quantity) * 10n ** 9n, 10n ** 9n);
    while (left() < 0n) quantity -= 1n;
    return { quantity, price, fee: feeOf(quantity), cash: left(), held: held + quantity };
  }
  if (held <= 0n) return "trading.insufficient_holding";
  const quantity = amount < held ? amount : held;
  if (quantity * mid < MINIMUM * 100_000n) return "trading.below_minimum";
  const fee = feeOf(quantity);
  const after = floorDiv(cash * 10n ** 9n + quantity * price - fee * 10n ** 9n, 10n ** 9n);
  return { quantity, price, fee, cash: after, held: held - quantity };
}

/** What each one orders: chosen so that every code and every cut comes up. */
function script(member: Member, round: number, close: Record<Sym, bigint>, mid: Record<Sym, bigint>): Plan[] {
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
    // Worth a hair more than the minimum at the close, and less where the fill candle opens lower.
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

export interface Fixture {
  readonly tournamentId: string;
  readonly members: readonly Member[];
  /** Rows by table, in an order that foreign keys accept. */
  readonly tables: ReadonlyMap<string, Record<string, unknown>[]>;
}

export function buildFixture(options: FixtureOptions = {}): Fixture {
  const { candlesARound = 1, rounds = 9, last = "settled", index = 0, crowd = 0 } = options;
  const interval = BASE_SECONDS * candlesARound;
  const tournamentId = id(1, index, 0);
  const source = `files:fixture-${index}`;
  const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
  const tables = new Map<string, Record<string, unknown>[]>();
  const add = (table: string, row: Record<string, unknown>) =>
    tables.set(table, [...(tables.get(table) ?? [])].concat(row));
  const push = (table: string, row: Record<string, unknown>) => {
    const rows = tables.get(table);
    if (rows) rows.push(row);
    else add(table, row);
  };

  push("candle_sources", {
    id: source,
    kind: "files",
    name: "fixture",
    symbols,
    interval_seconds: BASE_SECONDS,
    first_open_at: at(-interval),
    last_open_at: at(rounds * interval),
  });
  for (let k = -candlesARound; k <= rounds * candlesARound; k++)
    for (const symbol of symbols) {
      const c = candle(symbol, k + 1000);
      const prices = {
        open: money(c.open, 5),
        high: money(c.high, 5),
        low: money(c.low, 5),
        close: money(c.close, 5),
        volume: `${c.volume}.25`,
      };
      push("candles", { source_id: source, symbol, open_at: at(k * BASE_SECONDS), ...prices });
    }
  push("tournaments", {
    id: tournamentId,
    name: `Fixture ${index}`,
    status: last === "settled" ? "completed" : last === "cancelled" ? "cancelled" : "live",
    market: "replay",
    candle_source_id: source,
    symbols,
    interval_seconds: interval,
    starts_at: at(0),
    ends_at: at(Math.max(rounds, 1) * interval),
    starting_cash: money(STARTING),
    rules: { fee_bps: "10", half_spread_bps: "2", slippage_bps: "3", min_order: "1", seed: "1" },
    rules_hash: "0",
  });

  const newMember = (
    n: number,
    name: string,
    limit: Record<string, unknown> | null,
    firstRound = 0,
    lastRound: number | null = null,
  ): Member => ({
    id: id(3, index, n),
    name,
    baseline: limit === null,
    limits: limit,
    firstRound,
    lastRound,
    cash: STARTING,
    held: new Map(),
    lots: [],
    trades: 0,
    closed: 0,
    winning: 0,
    fees: 0n,
    profit: 0n,
    version: 0,
    recoveries: 0,
    equities: [],
  });
  const members = [
    newMember(0, "Bold", limits(0.8, 0.8, 0.05, 2)),
    newMember(1, "Shy", limits(0.1, 0.25, 0.4, 3)),
    newMember(2, "Late", limits(0.5, 0.5, 0.2, 2), 3, 7),
    newMember(3, "HoldDoge", null),
    newMember(4, "HoldBtc", null),
    newMember(5, "Cash", null),
    newMember(6, "Idle", limits(0.5, 0.5, 0.2, 2)),
    newMember(7, "Still", limits(0.5, 0.5, 0.2, 2)),
    ...Array.from({ length: crowd }, (_, n) => newMember(8 + n, `Crowd${"x".repeat(n)}`, limits(1, 1, 0, 9))),
  ];

  for (let n = 0; n < rounds; n++) {
    const isLast = n === rounds - 1;
    const progress = isLast ? last : "settled";
    const skipped = n === 4;
    const roundId = id(2, index, n);
    const state = skipped
      ? "skipped"
      : progress === "half_settled"
        ? "quoted"
        : progress === "cancelled"
          ? "closed"
          : progress;
    const there = members.filter((m) => m.firstRound <= n && (m.lastRound === null || n <= m.lastRound));
    push("rounds", {
      id: roundId,
      tournament_id: tournamentId,
      number: n,
      state,
      skip_reason: skipped ? "outage" : null,
      due_at: at(n * interval),
      deadline_at: "infinity",
      participants: skipped ? 0 : there.length,
    });
    if (skipped) continue;
    const close = {} as Record<Sym, bigint>;
    const mid = {} as Record<Sym, bigint>;
    const shown: Record<string, Record<string, string>> = {};
    for (const symbol of symbols) {
      const window = Array.from({ length: candlesARound }, (_, i) =>
        candle(symbol, n * candlesARound - candlesARound + i + 1000),
      );
      const lastOne = window.at(-1) ?? candle(symbol, 0);
      close[symbol] = lastOne.close;
      mid[symbol] = candle(symbol, n * candlesARound + 1000).open;
      const high = window.map((c) => c.high).reduce(larger);
      const low = -window.map((c) => -c.low).reduce(larger);
      const volume = window.reduce((sum, c) => sum + c.volume * 100n + 25n, 0n);
      shown[symbol] = {
        open: money(window[0]?.open ?? 0n, 5),
        high: money(high, 5),
        low: money(low, 5),
        close: money(lastOne.close, 5),
        volume: money(volume, 2),
      };
    }
    push("snapshots", { round_id: roundId, hash: "0", candles: shown });
    const quoted = state === "settled" || state === "quoted";
    if (quoted)
      for (const symbol of symbols) {
        const m = mid[symbol];
        push("quotes", {
          round_id: roundId,
          symbol,
          mid: money(m, 5),
          bid: money(m * (10_000n - HALF), 9),
          ask: money(m * (10_000n + HALF), 9),
        });
      }
    for (const member of there) {
      // Idle misses a round now and then, and is recovered once.
      if (member.name === "Idle" && n % 3 === 2) continue;
      if (member.name === "Idle" && n === 3) {
        member.recoveries++;
        member.version++;
      }
      const plans = script(member, n, close, mid);
      const key = { round_id: roundId, entry_id: member.id };
      push("decisions", {
        ...key,
        outcome: plans.length > 0 ? "made" : "held",
        order_count: plans.length,
        version: member.version,
        details_hash: "0",
      });
      push("decision_details", { ...key, reasoning: "because", confidence: 0.5 });
      const accepted = plans.filter((plan) => plan.code === undefined);
      if (accepted.length > 0) member.version++;
      const settles = state === "settled" || (progress === "half_settled" && member.name !== "Bold");
      if (settles && accepted.length > 0) member.version++;
      for (const [seq, plan] of plans.entries()) {
        const row = { ...key, seq, side: plan.side, symbol: plan.symbol, amount: money(plan.amount) };
        const order = (s: State, code: string | null = null, refusedAt: string | null = null) =>
          push("orders", { ...row, state: s, code, refused_at: refusedAt });
        if (plan.code !== undefined) {
          order("refused", plan.code, "decision");
          continue;
        }
        if (!settles) {
          order(progress === "cancelled" ? "dropped" : "open");
          continue;
        }
        const symbol = symbols.find((known) => known === plan.symbol);
        if (!symbol) throw new Error("the script accepts a symbol that is not traded");
        const result = fill(plan.side, plan.amount, member.cash, member.held.get(symbol) ?? 0n, mid[symbol]);
        if (typeof result === "string") {
          order("refused", result, "fill");
          continue;
        }
        order("filled");
        const change = result.cash - member.cash;
        let profit: bigint | null = null;
        if (plan.side === "buy") member.lots.push({ symbol, round: n, seq, quantity: result.quantity, cost: -change });
        else {
          let rest = result.quantity;
          let cost = 0n;
          for (const lot of member.lots.filter((l) => l.symbol === symbol)) {
            const part = larger(lot.quantity, rest) === rest ? lot.quantity : rest;
            if (part === 0n) continue;
            const share = part === lot.quantity ? lot.cost : (lot.cost * part) / lot.quantity;
            lot.quantity -= part;
            lot.cost -= share;
            rest -= part;
            cost += share;
          }
          member.lots = member.lots.filter((lot) => lot.quantity > 0n);
          profit = change - cost;
          member.profit += profit;
          member.closed++;
          if (profit > 0n) member.winning++;
        }
        member.cash = result.cash;
        if (result.held > 0n) member.held.set(symbol, result.held);
        else member.held.delete(symbol);
        member.trades++;
        member.fees += result.fee;
        push("trades", {
          ...key,
          seq,
          tournament_id: tournamentId,
          id: id(5, index, n * 10_000 + members.indexOf(member) * 100 + seq),
          side: plan.side,
          symbol,
          quantity: money(result.quantity),
          price: money(result.price, 9),
          fee: money(result.fee),
          cash_change: money(change),
          realized_profit: profit === null ? null : money(profit),
        });
      }
    }
    if (state !== "settled") continue;
    const marks = there.map((member) => {
      let value = member.cash * 100_000n;
      for (const [symbol, quantity] of member.held) value += quantity * mid[symbol];
      member.equities.push(value / 100_000n);
      return { member, equity: value / 100_000n };
    });
    for (const { member, equity } of marks) {
      const path = [STARTING, ...member.equities];
      let top = 0n;
      const peaks = path.map((value) => {
        if (value > top) top = value;
        return top;
      });
      const returns = member.equities.map((e, i) => Number(e) / Number(path[i]) - 1);
      const mean = returns.reduce((a, b) => a + b, 0) / returns.length;
      push("equity_points", {
        tournament_id: tournamentId,
        round: n,
        entry_id: member.id,
        equity: money(equity),
        rank: member.baseline
          ? null
          : 1 + marks.filter((other) => !other.member.baseline && other.equity > equity).length,
        peak: money(peaks.at(-1) ?? 0n),
        max_drawdown: Math.min(...path.map((e, i) => Number(e) / Number(peaks[i]) - 1)),
        returns_count: returns.length,
        returns_mean: mean,
        returns_m2: returns.reduce((a, r) => a + (r - mean) ** 2, 0),
      });
    }
  }
  for (const m of members) {
    const agent = id(4, index, members.indexOf(m));
    push("agents", { id: agent, name: m.name, strategy_type: "balanced", strategy: "balanced", baseline: m.baseline });
    push("entries", {
      id: m.id,
      tournament_id: tournamentId,
      agent_id: agent,
      agent_name: m.name,
      strategy: "balanced",
      baseline: m.baseline,
      limits: m.limits,
      first_round: m.firstRound,
      last_round: m.lastRound,
      status: m.lastRound === null ? "active" : "withdrawn",
      cash: money(m.cash),
      version: m.version,
      recoveries: m.recoveries,
      trades_count: m.trades,
      closed_trades: m.closed,
      winning_trades: m.winning,
      fees: money(m.fees),
      realized_profit: money(m.profit),
    });
    for (const [symbol, quantity] of m.held) push("positions", { entry_id: m.id, symbol, quantity: money(quantity) });
    for (const lot of m.lots)
      push("lots", {
        entry_id: m.id,
        symbol: lot.symbol,
        round: lot.round,
        seq: lot.seq,
        quantity: money(lot.quantity),
        cost: money(lot.cost),
      });
  }
  return { tournamentId, members, tables };
}

const parentsFirst = [
  "candle_sources",
  "candles",
  "agents",
  "tournaments",
  "entries",
  "rounds",
  "snapshots",
  "quotes",
  "decisions",
  "decision_details",
  "orders",
  "trades",
  "positions",
  "lots",
  "equity_points",
];

export async function storeFixture(query: Query, fixture: Fixture): Promise<void> {
  for (const table of parentsFirst) {
    const rows = fixture.tables.get(table) ?? [];
    const columns = Object.keys(rows[0] ?? {}).join(", ");
    if (rows.length > 0)
      await query(
        `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
        [JSON.stringify(rows)],
      );
  }
}
