/** Rules and limits as exact decimals. What a row leaves out has the default of docs/rules.md. */
import { type Decimal, exact } from "./decimals.ts";

export interface LedgerRules {
  readonly fee: Decimal;
  readonly halfSpread: Decimal;
  readonly slippage: Decimal;
  /** In quote currency. */
  readonly minOrder: Decimal;
}

export interface LedgerLimits {
  readonly risk: Decimal;
  readonly share: Decimal;
  readonly reserve: Decimal;
  readonly trades: number;
}

const tenThousandth = exact("0.0001");

// A setting may be a JSON number. The shortest text of its float is what was written.
const setting = (row: Record<string, unknown>, name: string, otherwise: string) =>
  exact(String(row[name] ?? otherwise));

export function ledgerRules(row: Record<string, unknown>): LedgerRules {
  return {
    fee: setting(row, "fee_bps", "10").times(tenThousandth),
    halfSpread: setting(row, "half_spread_bps", "2").times(tenThousandth),
    slippage: setting(row, "slippage_bps", "3").times(tenThousandth),
    minOrder: setting(row, "min_order", "1"),
  };
}

/** Null for baselines, which keep to their cash alone. */
export function ledgerLimits(row: Record<string, unknown> | null): LedgerLimits | null {
  if (row === null) return null;
  return {
    risk: setting(row, "risk_score", "0"),
    share: setting(row, "max_position_share", "0"),
    reserve: setting(row, "cash_reserve_share", "0"),
    trades: Number(row.max_trades_per_round ?? 0),
  };
}
