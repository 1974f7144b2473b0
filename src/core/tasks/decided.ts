/**
 * The result of a decision's task. The task's row does not store it: the decision, its orders and the entry's equity have rows of
 * their own, from which this file builds the result when a task is read. Only what no other row has, the Figures, stands in the
 * task's row (docs/decisions.md, 48).
 */
import { limits } from "../limits.ts";
import { type EquityPoint, performanceOf, type RoundTime, type Standing } from "../performance.ts";

interface PlainOrder {
  readonly side: string;
  readonly symbol: string;
  readonly amount: string;
}
interface ShownOrders {
  orders: PlainOrder[];
  refused: { order: PlainOrder; code: string | null }[];
  refused_count: number;
}
type JudgedOrder = PlainOrder & { readonly state: string; readonly code?: string | null };

/** A decision's orders as a task's result shows them. Of refused orders it shows the first 50 and says how many there were. */
export function shownOrders(all: readonly JudgedOrder[]): ShownOrders {
  const plain = ({ side, symbol, amount }: PlainOrder) => ({ side, symbol, amount });
  const refused = all.filter((order) => order.state === "refused");
  return {
    orders: all.filter((order) => order.state !== "refused").map(plain),
    refused: refused.slice(0, limits.resultRefusedMax).map((o) => ({ order: plain(o), code: o.code ?? null })),
    refused_count: refused.length,
  };
}

/**
 * The entry's sums at the moment of its decision, and whether it had been recovered (1) or not (0). The entry's own row goes on
 * counting, so these are stored with the task. Null stands for zero in every place: most entries have not traded.
 */
export type Figures = readonly [trades: number, closed: number, winning: number, fees: string, recovered: 0 | 1] | null;

export function figuresOf(entry: Standing, recovered: boolean): Figures {
  const { trades_count, closed_trades, winning_trades, fees } = entry;
  if (trades_count === 0 && fees === "0" && !recovered) return null;
  return [trades_count, closed_trades, winning_trades, fees, recovered ? 1 : 0];
}

/** A decision, and what its result says of the entry beside the Figures. */
export interface Decided {
  readonly outcome: string;
  /** Null in a rehearsal. */
  readonly round: number | null;
  /** Null when retention has deleted the details of the decision. */
  readonly reasoning: string | null;
  readonly orders: readonly JudgedOrder[];
  /** How the entry stood when it decided: after the last round that had been settled by then. Null while none had been. */
  readonly point: EquityPoint | null;
  readonly joined_at: string;
}

/** The result of a decision's task. */
export function decidedResult(
  { outcome, round, orders, reasoning, point, joined_at }: Decided,
  tournament: RoundTime & { readonly starting_cash: string },
  figures: Figures,
): Record<string, unknown> {
  const [trades_count, closed_trades, winning_trades, fees, recovered] = figures ?? [0, 0, 0, "0", 0];
  const standing = { point, joined_at, trades_count, closed_trades, winning_trades, fees };
  return {
    outcome,
    round,
    ...shownOrders(orders),
    ...(reasoning === null ? {} : { reasoning }),
    recovered: recovered === 1,
    performance: performanceOf(standing, tournament),
  };
}
