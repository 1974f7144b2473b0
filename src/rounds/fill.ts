/** One batch of fills: a pure function of stored rows, written under the version that was read. */
import type { Lot } from "../core/account.ts";
import { fillOrders, type Settlement } from "../core/fills.ts";
import { decimal, text, ZERO } from "../core/money.ts";
import { type Rules, rulesSchema } from "../core/rules.ts";
import { isVenueName } from "../core/venue-names.ts";
import { databaseFault } from "../db/errors.ts";
import { type FillContext, type FillEntry, readFillContext } from "../db/statements/rounds/fill-context.ts";
import { type FillRow, writeFills } from "../db/statements/rounds/write-fills.ts";
import { describeError } from "../log.ts";
import type { RoundPorts } from "./ports.ts";

/** An entry that changed between reading and writing is read and computed again, this often in one call. */
const ATTEMPTS = 5;

/**
 * Fills what a quoted round owes these entries; answers for how many. Nothing to do is no error; what is left is owed,
 * and sent again.
 */
export async function fillBatch(ports: RoundPorts, roundId: string, entryIds: readonly string[]): Promise<number> {
  const startedAt = ports.now();
  let again = 0;
  let settled = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const context = await readFillContext(ports.query, roundId, entryIds);
    if (!context || context.entries.length === 0) break;
    const rules = rulesSchema.parse(context.rules);
    const rows = context.entries.map((entry) => fillOrRefuse(ports, context, entry, rules));
    const cash = new Map(context.entries.map((entry) => [entry.id, entry.cash]));
    const written = await storeFills(ports, roundId, rows, cash);
    settled += written.settled.length;
    if (!written.quoted || written.settled.length === rows.length) break;
    again += rows.length - written.settled.length;
  }
  ports.log({
    event: "fill",
    round_id: roundId,
    entries: entryIds.length,
    settled,
    again,
    ms: ports.now() - startedAt,
  });
  return settled;
}

interface Stored {
  readonly quoted: boolean;
  readonly settled: readonly string[];
}

/** Writes fills; a row that the database refuses is found by halving, and its orders are refused alone. */
async function storeFills(
  ports: RoundPorts,
  roundId: string,
  rows: readonly FillRow[],
  cash: ReadonlyMap<string, string>,
): Promise<Stored> {
  try {
    const written = await writeFills(ports.query, roundId, rows, ports.by, ports.correlationId);
    for (const task of written.requested) {
      ports.log({ event: "task", name: "execute_agent_trade", ...task, outcome: "SUCCESS", run_ms: 0 });
    }
    return written;
  } catch (error) {
    if (databaseFault(error) !== "bad_row") throw error;
    const [first] = rows;
    if (!first) throw error;
    if (rows.length === 1) {
      ports.log({ event: "fault", where: "fill.bad_row", ...describeError(error) });
      return writeFills(ports.query, roundId, [refusedRow(first, cash)], ports.by, ports.correlationId);
    }
    const half = rows.length >>> 1;
    const one = await storeFills(ports, roundId, rows.slice(0, half), cash);
    const other = await storeFills(ports, roundId, rows.slice(half), cash);
    return { quoted: one.quoted && other.quoted, settled: [...one.settled, ...other.settled] };
  }
}

/** The same orders, none of them filled: the account stays as it was. */
function refusedRow(row: FillRow, cash: ReadonlyMap<string, string>): FillRow {
  const nothing = { quantity: null, price: null, fee: null, cash_change: null, realized_profit: null };
  const fills = row.fills.map((fill) => ({ ...fill, ...nothing, state: "refused" as const, code: "internal.bad_row" }));
  const refused = fills.map(({ seq, symbol, code }) => ({ seq, symbol, code }));
  return {
    ...row,
    cash: cash.get(row.entry) ?? row.cash,
    trades: 0,
    closed: 0,
    winning: 0,
    fees: "0",
    profit: "0",
    fills,
    positions: [],
    lots: [],
    result: { ...row.result, trades: [], refused },
  };
}

/** Orders that can't be computed from stored rows never can, so they are refused: neither their batch nor their round waits. */
function fillOrRefuse(ports: RoundPorts, context: FillContext, entry: FillEntry, rules: Rules): FillRow {
  try {
    return fillRow(ports, context, entry, rules);
  } catch (error) {
    ports.log({ event: "fault", where: "fill.bad_row", ...describeError(error) });
    const none = fillRow(ports, { ...context, quote: {} }, entry, rules);
    return refusedRow(none, new Map([[entry.id, entry.cash]]));
  }
}

/** What one entry's fills change. */
export function fillRow(
  ports: Pick<RoundPorts, "newId">,
  context: FillContext,
  entry: FillEntry,
  rules: Rules,
): FillRow {
  return rowOfFills(ports, context, entry, settle(context, entry, rules));
}

/** Fills the orders of one entry at the round's quote. Pure. */
export function settle(
  context: Pick<FillContext, "number" | "quote" | "market">,
  entry: Omit<FillEntry, "id" | "agent_id" | "version">,
  rules: Rules,
): Settlement {
  return fillOrders({
    account: { cash: entry.cash, positions: entry.positions },
    lots: entry.lots,
    totals: { fees: entry.fees, realizedProfit: entry.realized_profit },
    orders: entry.orders,
    round: context.number,
    quote: context.quote,
    rules,
    atBook: isVenueName(context.market),
  });
}

/** The row to store of a settlement. */
export function rowOfFills(
  ports: Pick<RoundPorts, "newId">,
  context: Pick<FillContext, "tournament_id" | "number">,
  entry: FillEntry,
  settlement: Settlement,
): FillRow {
  const bySeq = new Map(entry.orders.map((order) => [order.seq, order]));
  let fees = ZERO;
  let profit = ZERO;
  let trades = 0;
  let closed = 0;
  let winning = 0;
  const fills: FillRow["fills"][number][] = [];
  for (const result of settlement.results) {
    const order = bySeq.get(result.seq);
    if (!order) throw new Error(`a fill of an order that was not asked for: ${result.seq}`);
    const base = { seq: result.seq, trade_id: ports.newId(), side: order.side, symbol: order.symbol };
    if (result.kind === "refused") {
      fills.push({
        ...base,
        state: "refused",
        code: result.code,
        quantity: null,
        price: null,
        fee: null,
        cash_change: null,
        realized_profit: null,
      });
      continue;
    }
    trades += 1;
    fees = fees.plus(decimal(result.fee));
    if (result.realizedProfit !== null) {
      closed += 1;
      const gained = decimal(result.realizedProfit);
      profit = profit.plus(gained);
      if (gained.gt(ZERO)) winning += 1;
    }
    fills.push({
      ...base,
      state: "filled",
      code: null,
      quantity: result.quantity,
      price: result.price,
      fee: result.fee,
      cash_change: result.cashChange,
      realized_profit: result.realizedProfit,
    });
  }
  return {
    entry: entry.id,
    version: entry.version,
    cash: settlement.cash,
    trades,
    closed,
    winning,
    fees: text(fees),
    profit: text(profit),
    fills,
    positions: changedPositions(entry.positions, settlement.positions),
    lots: changedLots(entry.lots, settlement.lots),
    task_id: ports.newId(),
    args: { tournament_id: context.tournament_id, agent_id: entry.agent_id, round: context.number },
    result: {
      round: context.number,
      trades: fills
        .filter((fill) => fill.state === "filled")
        .map(({ side, symbol, quantity, price, fee }) => ({ side, symbol, quantity, price, fee })),
      refused: fills.filter((fill) => fill.state === "refused").map(({ seq, symbol, code }) => ({ seq, symbol, code })),
    },
  };
}

export function changedPositions(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): FillRow["positions"] {
  const symbols = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...symbols]
    .filter((symbol) => before[symbol] !== after[symbol])
    .sort()
    .map((symbol) => ({ symbol, quantity: after[symbol] ?? "0" }));
}

export function changedLots(before: readonly Lot[], after: readonly Lot[]): FillRow["lots"] {
  const key = (lot: Lot) => `${lot.symbol} ${lot.round} ${lot.seq}`;
  const old = new Map(before.map((lot) => [key(lot), lot]));
  const now = new Map(after.map((lot) => [key(lot), lot]));
  const gone = before.filter((lot) => !now.has(key(lot))).map((lot) => ({ ...lot, quantity: "0", cost: "0" }));
  const changed = after.filter((lot) => {
    const was = old.get(key(lot));
    return !was || was.quantity !== lot.quantity || was.cost !== lot.cost;
  });
  return [...gone, ...changed].map(({ symbol, round, seq, quantity, cost }) => ({
    symbol,
    round,
    seq,
    quantity,
    cost,
  }));
}
