/** What positions are worth at the newest prices. Decimals, as everywhere. Pure. */
import { decimal, text } from "../../core/money.ts";
import type { PositionItem } from "../api/answers.ts";
import type { Prices } from "./held.ts";

export type Position = PositionItem["positions"][number];

/** A position of an entry, with whose it is. */
export interface Holding extends Position {
  readonly agent_id: string;
  readonly agent: string;
  readonly baseline: boolean;
}

export function holdingsOf(items: readonly PositionItem[], prices: Prices): Holding[] {
  return items.flatMap(({ agent_id, agent, baseline, positions }) =>
    positions.map((position) => ({ agent_id, agent, baseline, ...markedAt(position, prices[position.symbol]?.price) })),
  );
}

function markedAt(position: Position, price = position.price ?? undefined): Position {
  if (price === undefined) return position;
  const notional = decimal(position.quantity).times(decimal(price));
  return {
    ...position,
    price,
    notional: text(notional),
    unrealised: text(notional.minus(decimal(position.cost))),
  };
}

/** Cash and positions; null while a price is missing. */
export function equityOf(item: PositionItem, prices: Prices): string | null {
  let sum = decimal(item.cash);
  for (const position of item.positions) {
    const { notional } = markedAt(position, prices[position.symbol]?.price);
    if (notional === null) return null;
    sum = sum.plus(decimal(notional));
  }
  return text(sum);
}
