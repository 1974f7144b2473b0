/** Settles which series a file belongs to: its symbol and its interval, by its name, its columns and its times. */
import { intervalNames, intervalText, isCandleInterval } from "../markets/intervals.ts";
import type { Facts } from "./facts.ts";
import { readFileName } from "./file-name.ts";
import type { Row } from "./row.ts";

export interface Identity {
  readonly symbol: string;
  readonly intervalSeconds: number;
}

export type IdentityReading = { readonly kind: "ok"; readonly identity: Identity } | Unsettled;
export interface Unsettled {
  readonly kind: "bad";
  /** The flag that the user must add to the command, with the likeliest value. */
  readonly needs: `--symbol ${string}` | "--interval 5m";
  /** The end of a sentence that begins with the file's name. */
  readonly why: string;
}

export interface Given {
  readonly symbol: string | null;
  readonly intervalSeconds: number | null;
}

/** `head`: the first rows of the file, in their order. */
export function identify(path: string, facts: Facts, head: readonly Row[], given: Given): IdentityReading {
  const name = readFileName(path);
  const symbol = given.symbol ?? symbolBy(name.symbols, facts);
  if (typeof symbol !== "string") return symbol;
  const seconds = given.intervalSeconds ?? name.intervalSeconds ?? intervalBy(head);
  if (typeof seconds !== "number") return seconds;
  return { kind: "ok", identity: { symbol, intervalSeconds: seconds } };
}

function symbolBy(names: readonly string[], facts: Facts): string | Unsettled {
  const bad = (why: string, likely: string): Unsettled => ({ kind: "bad", needs: `--symbol ${likely}`, why });
  const [column, ...otherColumns] = facts.symbols;
  const [named, ...otherNames] = byCurrencies(names, facts.currencies);
  if (column !== undefined && otherColumns.length === 0) {
    if (named !== undefined && otherNames.length === 0 && named !== column) {
      return bad(`is ${named} by its name and ${column} by its content`, column);
    }
    return column;
  }
  if (named !== undefined && otherNames.length === 0) return named;
  const possible = byCurrencies(facts.symbols, facts.currencies);
  const [only, ...more] = possible;
  if (only !== undefined && more.length === 0) return only;
  const readings = names.length > 0 ? names : facts.symbols;
  const [likely] = readings;
  if (likely !== undefined && readings.length > 1) return bad(`can be ${readings.join(" or ")}`, likely);
  return bad("has no symbol, neither in its name nor in a column", "BASE-QUOTE");
}

/** "Volume ETH" tells ETH-BUSD from ETHB-USD. */
function byCurrencies(symbols: readonly string[], currencies: readonly string[]): readonly string[] {
  if (symbols.length < 2) return symbols;
  const fitting = symbols.filter((symbol) => symbol.split("-").some((part) => currencies.includes(part)));
  return fitting.length > 0 ? fitting : symbols;
}

/** The smallest step of the first rows: where intervals without a trade are absent, others are larger. */
function intervalBy(head: readonly Row[]): number | Unsettled {
  const needs = "--interval 5m" as const;
  let step = Number.POSITIVE_INFINITY;
  for (const [index, { openAt }] of head.entries()) {
    const before = head[index - 1];
    if (before !== undefined && openAt !== before.openAt) step = Math.min(step, Math.abs(openAt - before.openAt));
  }
  if (step === Number.POSITIVE_INFINITY) return { kind: "bad", needs, why: "has one candle, which shows no interval" };
  const seconds = step / 1000;
  if (isCandleInterval(seconds)) return seconds;
  const found = Number.isInteger(seconds) ? intervalText(seconds) : `${step} ms`;
  return { kind: "bad", needs, why: `has candles that are ${found} apart; an interval is one of ${intervalNames}` };
}
