/** The books of one entry, worked out from its orders: cash, positions, lots, totals, version, running figures. */
import { type Decimal, down8, plain, zero } from "./decimals.ts";
import { canBeStored, type Fill } from "./fill.ts";
import type { EntryRow } from "./rows.ts";
import { type LedgerLimits, ledgerLimits } from "./rules.ts";

export interface OpenLot {
  readonly round: number;
  readonly seq: number;
  quantity: Decimal;
  cost: Decimal;
}

export class Book {
  readonly entry: EntryRow;
  readonly limits: LedgerLimits | null;
  cash: Decimal;
  readonly held = new Map<string, Decimal>();
  readonly lots = new Map<string, OpenLot[]>();
  fees = zero;
  realized = zero;
  trades = 0;
  closed = 0;
  winning = 0;
  /** How often orders and account changed. The stored version is this plus the recoveries. */
  version = 0;
  /** How many recoveries came before the last decision, as its version shows. */
  recovered = 0;
  lastEquity: Decimal;
  peak: Decimal;
  maxDrawdown = 0;
  returns = 0;
  mean = 0;
  m2 = 0;

  constructor(entry: EntryRow, startingCash: Decimal) {
    this.entry = entry;
    this.limits = ledgerLimits(entry.limits);
    this.cash = startingCash;
    this.lastEquity = startingCash;
    this.peak = startingCash;
  }

  takesPart(round: number): boolean {
    return this.entry.first_round <= round && (this.entry.last_round === null || round <= this.entry.last_round);
  }

  /** Whether the fill's fee and profit, and the totals with them, fit their columns. A fill that does not fit is refused. */
  fitsColumns(side: "buy" | "sell", symbol: string, fill: Fill): boolean {
    if (side === "buy") return canBeStored(this.fees.plus(fill.fee));
    const lots = (this.lots.get(symbol) ?? []).map((lot) => ({ ...lot }));
    const profit = fill.cashAfter.minus(this.cash).minus(takeFromLots(lots, fill.quantity));
    return canBeStored(this.fees.plus(fill.fee), profit, this.realized.plus(profit));
  }

  /** Books a fill. Returns the change of cash, and the profit of a sell. */
  apply(side: "buy" | "sell", symbol: string, fill: Fill, round: number, seq: number) {
    const cashChange = fill.cashAfter.minus(this.cash);
    this.cash = fill.cashAfter;
    if (fill.heldAfter.gt(zero)) this.held.set(symbol, fill.heldAfter);
    else this.held.delete(symbol);
    this.fees = this.fees.plus(fill.fee);
    this.trades++;
    const lots = this.lots.get(symbol) ?? [];
    this.lots.set(symbol, lots);
    if (side === "buy") {
      lots.push({ round, seq, quantity: fill.quantity, cost: zero.minus(cashChange) });
      return { cashChange, profit: null };
    }
    const profit = cashChange.minus(takeFromLots(lots, fill.quantity));
    this.realized = this.realized.plus(profit);
    this.closed++;
    if (profit.gt(zero)) this.winning++;
    return { cashChange, profit };
  }

  /** Adds the equity of a settled round to the running figures. */
  mark(equity: Decimal): void {
    if (equity.gt(this.peak)) this.peak = equity;
    const now = Number(plain(equity));
    this.maxDrawdown = Math.min(this.maxDrawdown, now / Number(plain(this.peak)) - 1);
    // There is no ratio to an equity of zero: the settlement counts such a return as 0.
    const change = this.lastEquity.eq(zero) ? 0 : now / Number(plain(this.lastEquity)) - 1;
    this.returns++;
    const distance = change - this.mean;
    this.mean += distance / this.returns;
    this.m2 += distance * (change - this.mean);
    this.lastEquity = equity;
  }
}

/** Takes a quantity from the oldest lots and returns its cost. */
function takeFromLots(lots: OpenLot[], quantity: Decimal): Decimal {
  let rest = quantity;
  let cost = zero;
  while (rest.gt(zero)) {
    const lot = lots[0];
    if (!lot) throw new Error("a sell takes more than the lots hold");
    if (lot.quantity.lte(rest)) {
      rest = rest.minus(lot.quantity);
      cost = cost.plus(lot.cost);
      lots.shift();
    } else {
      const share = down8(lot.cost.times(rest).div(lot.quantity));
      lot.quantity = lot.quantity.minus(rest);
      lot.cost = lot.cost.minus(share);
      cost = cost.plus(share);
      rest = zero;
    }
  }
  return cost;
}
