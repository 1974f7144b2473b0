/** The value of positions at the newest prices, in decimals. Pure. */
import { decimal, text } from "../../core/money.ts";
import type { PositionItem } from "../api/answers.ts";
import type { Prices } from "./apply-event.ts";

export type Position = PositionItem["positions"][number];

/** A position, with the agent that holds it. */
export interface Holding extends Position {
  readonly agent_id: string;
  readonly agent: string;
  readonly baseline: boolean;
}

export function holdingsOf(items: readonly PositionItem[], prices: Prices): Holding[] {
  return items.flatMap(({ agent_id, agent, baseline, positions }) =>
    positions.map((position) => ({ agent_id, agent, baseline, ...valuedAt(position, prices[position.symbol]?.price) })),
  );
}

function valuedAt(position: Position, price = position.price ?? undefined): Position {
  if (price === undefined) return position;
  const notional = decimal(position.quantity).times(decimal(price));
  return {
    ...position,
    price,
    notional: text(notional),
    unrealised: text(notional.minus(decimal(position.cost))),
  };
}

/** Cash plus positions; null while a price is missing. */
export function equityOf(item: PositionItem, prices: Prices): string | null {
  let sum = decimal(item.cash);
  for (const position of item.positions) {
    const { notional } = valuedAt(position, prices[position.symbol]?.price);
    if (notional === null) return null;
    sum = sum.plus(decimal(notional));
  }
  return text(sum);
}
