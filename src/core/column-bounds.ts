/**
 * Which numbers each column of the database can hold: its numeric(precision, scale), or null where any number fits. A test
 * compares this with the schema. Creation, checks, fills and quotes keep to it, so that no statement fails on a number.
 */
import { type Decimal, decimal } from "./money.ts";

/** Cash, quantities, fees, equity and what orders ask for. */
const amount = { precision: 28, scale: 8 } as const;

export const columnBounds = {
  "candles.open": null,
  "candles.high": null,
  "candles.low": null,
  "candles.close": null,
  "candles.volume": null,
  "quotes.bid": null,
  "quotes.ask": null,
  "quotes.mid": null,
  "trades.price": null,
  "tournaments.starting_cash": amount,
  "tournaments.prize_pool": { precision: 20, scale: 2 },
  "entries.cash": amount,
  "entries.fees": amount,
  "entries.realized_profit": amount,
  "orders.amount": amount,
  "trades.quantity": amount,
  "trades.fee": amount,
  "trades.cash_change": amount,
  "trades.realized_profit": amount,
  "positions.quantity": amount,
  "lots.quantity": amount,
  "lots.cost": amount,
  "equity_points.equity": amount,
  "equity_points.peak": amount,
  "standings.equity": amount,
  "model_accounts.usd": null,
  "model_accounts.held_usd": null,
  "model_accounts.round_usd": null,
  "model_steps.reserved_usd": null,
  "model_steps.usd": null,
} as const satisfies Record<string, { readonly precision: number; readonly scale: number } | null>;

/** Digits before the point. */
export const AMOUNT_DIGITS = amount.precision - amount.scale;
/** The first amount that doesn't fit: 1e20, as text. */
export const AMOUNT_BOUND = `1${"0".repeat(AMOUNT_DIGITS)}`;
const bound = decimal(AMOUNT_BOUND);

/** Whether all of these fit the columns of amounts. They have at most 8 places already, so storing them rounds nothing up. */
export function isStorable(...amounts: readonly Decimal[]): boolean {
  return amounts.every((value) => value.abs().lt(bound));
}

/** Whether a text from PostgreSQL's numeric is a price: positive, and neither NaN nor Infinity, which numeric has too. */
export function isPrice(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text) && /[1-9]/.test(text);
}
