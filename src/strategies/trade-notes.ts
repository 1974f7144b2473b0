/**
 * What a strategy remembers: the last trade of each of the 30 symbols that it traded last, and the reasons of its last orders.
 * This is far below 8 KB. An order becomes a note only when its fill is known, at the price of the fill.
 */
import { z } from "zod";
import type { OrderFate, View } from "./strategy.ts";

const tradeNote = z.object({
  side: z.enum(["buy", "sell"]),
  /** In quote currency, as filled. */
  price: z.number(),
  round: z.number().int(),
  why: z.string(),
});
export type TradeNote = z.infer<typeof tradeNote>;

/** The reasons of a decision's orders, by `seq`. */
const orderedNote = z.object({ round: z.number().int(), why: z.array(z.string()) });

const MOST = 30;
const WHY_CHARS = 60;

/**
 * The last trade of each symbol: `memory.trades`, updated by the fills of the last decision's orders. Whatever does not parse,
 * or does not belong to this tournament, is left out.
 */
export function lastTrades({ memory, fills, symbols, round }: View): Map<string, TradeNote> {
  const { trades } = memory;
  const known = typeof trades === "object" && trades !== null ? Object.entries(trades) : [];
  const notes = new Map(
    known.flatMap(([symbol, value]): [string, TradeNote][] => {
      const note = tradeNote.safeParse(value);
      // A note of a later round is not of this history: the database was restored from a backup.
      const own = note.success && symbols.includes(symbol) && note.data.round <= round;
      return own ? [[symbol, note.data]] : [];
    }),
  );
  const ordered = orderedNote.safeParse(memory.ordered);
  for (const fate of fills) {
    if (fate.state !== "filled" || !symbols.includes(fate.symbol)) continue;
    const why = ordered.success && ordered.data.round === fate.round ? ordered.data.why[fate.seq] : undefined;
    notes.set(fate.symbol, noteOf(fate, why ?? ""));
  }
  return notes;
}

function noteOf({ side, price, round }: OrderFate, why: string): TradeNote {
  return { side, price: Number(price), round, why };
}

/** The memory to store: the newest trades and the first orders, with shortened reasons. */
export function keptNotes(
  notes: ReadonlyMap<string, TradeNote>,
  round: number,
  reasons: readonly string[],
): Record<string, unknown> {
  const cut = (why: string) => why.slice(0, WHY_CHARS);
  const newest = [...notes].sort(([, a], [, b]) => b.round - a.round).slice(0, MOST);
  const trades = Object.fromEntries(newest.map(([symbol, note]) => [symbol, { ...note, why: cut(note.why) }]));
  return reasons.length === 0 ? { trades } : { trades, ordered: { round, why: reasons.slice(0, MOST).map(cut) } };
}
