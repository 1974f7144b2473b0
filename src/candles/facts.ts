/** What a file turned out to be while it was read. The report tells it. */
import type { SymbolReading } from "./symbol.ts";

export interface Facts {
  /** In words: "CSV with a header", "Kraken's answer". */
  shape: string;
  /** How a place in it is named. */
  unit: "line" | "row";
  /** What a symbol column, a volume column or a venue's key says. */
  symbols: SymbolReading;
  /** Currencies that volume columns are named after: they tell ETH-BUSD from ETHB-USD. */
  currencies: readonly string[];
  /** The file has our column `filled`. */
  hasFilled: boolean;
  rows: number;
  /** Some time had no zone, and was read as UTC. */
  zoneless: boolean;
  /** Rows whose two volumes stood in each other's column, and were put back. */
  swapped: number;
  /** Rows of zeros at the end of the file, and candles that were still open: left out. */
  zeroRows: number;
  openCandles: number;
}

export function newFacts(): Facts {
  return {
    shape: "",
    unit: "line",
    symbols: [],
    currencies: [],
    hasFilled: false,
    rows: 0,
    zoneless: false,
    swapped: 0,
    zeroRows: 0,
    openCandles: 0,
  };
}
