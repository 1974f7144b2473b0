/** What entries held after a round, computed from the stored fills: first in, first out, like the accounts. Pure. */
import { decimal, divide, text, ZERO } from "../../../core/money.ts";
import type { TradeItem } from "../../api/answers.ts";
import type { Holding } from "../../live/position-values.ts";

type Lot = { quantity: ReturnType<typeof decimal>; cost: ReturnType<typeof decimal> };

/** `trades` in any order; `quote` has the round's prices. */
export function holdingsAfter(
  trades: readonly TradeItem[],
  round: number,
  quote: Readonly<Record<string, { readonly mid: string }>> | null,
  baselines: ReadonlySet<string>,
): Holding[] {
  const lots = new Map<string, { agent_id: string; agent: string; symbol: string; lots: Lot[] }>();
  const before = trades.filter((trade) => trade.round <= round).sort((a, b) => a.round - b.round || a.seq - b.seq);
  for (const { agent_id, agent, symbol, side, quantity, cash_change } of before) {
    const key = `${agent_id} ${symbol}`;
    const held = lots.get(key) ?? { agent_id, agent, symbol, lots: [] };
    lots.set(key, held);
    if (side === "buy") held.lots.push({ quantity: decimal(quantity), cost: decimal(cash_change).abs() });
    else held.lots = afterSale(held.lots, decimal(quantity));
  }
  return [...lots.values()].flatMap(({ agent_id, agent, symbol, lots: left }) => {
    const quantity = left.reduce((sum, lot) => sum.plus(lot.quantity), ZERO);
    if (!quantity.gt(ZERO)) return [];
    const cost = left.reduce((sum, lot) => sum.plus(lot.cost), ZERO).round(8);
    const price = quote?.[symbol]?.mid ?? null;
    const notional = price === null ? null : quantity.times(decimal(price));
    return [
      {
        agent_id,
        agent,
        baseline: baselines.has(agent_id),
        side: "long" as const,
        symbol,
        quantity: text(quantity),
        cost: text(cost),
        price,
        notional: notional && text(notional),
        unrealised: notional && text(notional.minus(cost)),
      },
    ];
  });
}

function afterSale(lots: readonly Lot[], sold: Lot["quantity"]): Lot[] {
  let left = sold;
  return lots.flatMap((lot) => {
    if (!left.gt(ZERO)) return [lot];
    if (!lot.quantity.gt(left)) {
      left = left.minus(lot.quantity);
      return [];
    }
    const rest = lot.quantity.minus(left);
    const cost = divide(lot.cost.times(rest), lot.quantity);
    left = ZERO;
    return [{ quantity: rest, cost }];
  });
}
