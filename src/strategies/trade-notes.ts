/** What a strategy remembers: its last trade of each symbol, of the 30 that it traded last: far below 8 KB. */
import { z } from "zod";

const tradeNote = z.object({
  side: z.enum(["buy", "sell"]),
  /** In quote currency, as decided upon. */
  price: z.number(),
  round: z.number().int(),
  why: z.string(),
});
export type TradeNote = z.infer<typeof tradeNote>;

const MOST = 30;
const WHY_CHARS = 60;

/** Reads `memory.trades`; whatever doesn't parse, or isn't of this tournament, is forgotten. */
export function lastTrades(
  memory: Readonly<Record<string, unknown>>,
  symbols: readonly string[],
): Map<string, TradeNote> {
  const trades = memory.trades;
  if (typeof trades !== "object" || trades === null) return new Map();
  const notes = Object.entries(trades).flatMap(([symbol, value]): [string, TradeNote][] => {
    const note = tradeNote.safeParse(value);
    return note.success && symbols.includes(symbol) ? [[symbol, note.data]] : [];
  });
  return new Map(notes);
}

/** As memory keeps them: the newest ones, the reasons cut. */
export function keptTrades(notes: ReadonlyMap<string, TradeNote>): Record<string, TradeNote> {
  const newest = [...notes].sort(([, a], [, b]) => b.round - a.round).slice(0, MOST);
  return Object.fromEntries(newest.map(([symbol, note]) => [symbol, { ...note, why: note.why.slice(0, WHY_CHARS) }]));
}
