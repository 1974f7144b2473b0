/**
 * A small tournament written row by row, with arithmetic of its own in whole numbers, without the decimal library. The
 * ledger check is compared with it. Nothing of src is used. The file is long because it writes out every column of every
 * row.
 */
import type { Query } from "../../../src/db/query.ts";
import {
  BASE_SECONDS,
  candle,
  fill,
  HALF,
  larger,
  type Member,
  money,
  START,
  STARTING,
  type State,
  type Sym,
  script,
  symbols,
} from "./script.ts";

export interface FixtureOptions {
  /** How many candles of 300 s a round spans. */
  readonly candlesARound?: number;
  readonly rounds?: number;
  /** The state of the last round. */
  readonly last?: "settled" | "open" | "half_settled" | "cancelled";
  /** Distinguishes the ids of several tournaments in one database. */
  readonly index?: number;
  /** Further contestants. */
  readonly crowd?: number;
}

const noPrices: Record<Sym, bigint> = { "BTC-USDT": 0n, "DOGE-USDT": 0n, "ETH-USDT": 0n };

const limits = (risk: number, share: number, reserve: number, trades: number) => ({
  risk_score: String(risk),
  max_position_share: String(share),
  cash_reserve_share: String(reserve),
  max_trades_per_round: trades,
});

const id = (kind: number, tournament: number, n: number) =>
  `01985000-000${kind}-7000-8000-${tournament.toString(16).padStart(4, "0")}${n.toString(16).padStart(8, "0")}`;

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
    // A cancel in a round that is half settled skips the rest of the round.
    const state = skipped || progress === "cancelled" ? "skipped" : progress === "half_settled" ? "quoted" : progress;
    const there = members.filter((m) => m.firstRound <= n && (m.lastRound === null || n <= m.lastRound));
    push("rounds", {
      id: roundId,
      tournament_id: tournamentId,
      number: n,
      state,
      skip_reason: skipped ? "outage" : progress === "cancelled" ? "cancelled" : null,
      due_at: at(n * interval),
      deadline_at: "infinity",
      participants: skipped ? 0 : there.length,
    });
    if (skipped) continue;
    const close: Record<Sym, bigint> = { ...noPrices };
    const mid: Record<Sym, bigint> = { ...noPrices };
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
    const quoted = progress !== "open";
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
      const settles = state === "settled" || (quoted && member.name !== "Bold");
      // A fill and a drop both change the entry's orders, so both raise its version.
      if ((settles || progress === "cancelled") && accepted.length > 0) member.version++;
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
