/**
 * The candles that a round on a live venue opens with: all from one venue. Where the first venue has none, or none that can be
 * believed, the next one of the rules is asked. Where no venue has them in time, the round is skipped.
 */
import { type VenueName, venueTitles } from "../../core/venue-names.ts";
import { agree, candlePatience, moveDoubt } from "../../core/venue-rules.ts";
import type { Look } from "../../db/statements/rounds/look.ts";
import { type Receipt, storeReceipts } from "../../db/statements/venues/receipts.ts";
import { type SymbolTrouble, venueSource } from "../../markets/venues/venue-desk.ts";
import type { MarketView } from "../market-view.ts";
import type { RoundPorts } from "../ports.ts";
import { UnusableMarket } from "../unusable-market.ts";
import { againMs, ask, codeOfAll, lastPrices, mayAsk, receiptOf, venuesOf } from "./asking.ts";

/** The candles are stored and can be opened with. */
export interface ReadyCandles {
  readonly kind: "ready";
  readonly sourceId: string;
  readonly baseSeconds: number;
}

export type VenueCandles =
  | ReadyCandles
  | { readonly kind: "not_yet"; readonly afterMs: number }
  | { readonly kind: "skip"; readonly reason: Receipt["code"] };

interface Candidate extends ReadyCandles {
  readonly venue: VenueName;
  readonly view: MarketView;
  /** Symbols whose price moved too far to be believed alone. */
  readonly moved: readonly SymbolTrouble[];
}

type Asked = { readonly kind: "refused"; readonly receipt: Receipt; readonly againMs: number | null };

export async function venueCandles(
  ports: RoundPorts,
  look: Look,
  own: VenueName,
  number: number,
  dueMs: number,
): Promise<VenueCandles> {
  const patience = candlePatience({ dueMs, intervalSeconds: look.interval_seconds });
  const last = await lastPrices(ports, look, dueMs);
  const receipts: Receipt[] = [];
  let waitMs: number | null = null;
  let suspect: Candidate | null = null;
  let chosen: Candidate | null = null;
  for (const venue of venuesOf(look, own)) {
    if (!look.symbols.every((symbol) => mayAsk(venue, own, symbol))) continue;
    // Before that time the next venue is asked only when the first one has failed for good.
    if (waitMs !== null && look.now_ms < patience.fallback) break;
    const asked = await fromVenue(ports, look, venue, dueMs, last, patience);
    if (asked.kind === "refused") {
      receipts.push(asked.receipt);
      if (asked.againMs !== null) waitMs = Math.min(waitMs ?? asked.againMs, asked.againMs);
    } else if (suspect && agrees(suspect, asked)) chosen = suspect;
    else if (asked.moved.length === 0) chosen = asked;
    else {
      receipts.push(receiptOf("snapshot", venue, asked.moved));
      suspect ??= asked;
    }
    if (chosen) break;
  }
  if (!chosen && waitMs !== null) return { kind: "not_yet", afterMs: waitMs };
  await storeReceipts(ports.query, look.tournament_id, number, receipts);
  if (!chosen) return { kind: "skip", reason: codeOfAll(receipts) };
  return { kind: "ready", sourceId: chosen.sourceId, baseSeconds: chosen.baseSeconds };
}

/** Whether another venue saw the same prices where the first one's had moved too far. */
function agrees(suspect: Candidate, other: Candidate): boolean {
  return suspect.moved.every(({ symbol }) => {
    const [one, two] = [suspect.view.prices[symbol], other.view.prices[symbol]];
    return one !== undefined && two !== undefined && agree(one, two);
  });
}

async function fromVenue(
  ports: RoundPorts,
  look: Look,
  venue: VenueName,
  dueMs: number,
  last: Readonly<Record<string, string>>,
  patience: ReturnType<typeof candlePatience>,
): Promise<Candidate | Asked> {
  const { symbols, interval_seconds: intervalSeconds } = look;
  const reply = await ask(ports, symbols, () => ports.venue(venue).candles({ symbols, intervalSeconds, dueMs }));
  if (symbols.some((symbol) => reply.values[symbol] === undefined)) {
    return {
      kind: "refused",
      receipt: receiptOf("snapshot", venue, reply.troubles),
      againMs: againMs(reply, look.now_ms, patience),
    };
  }
  const source = venueSource(venue, intervalSeconds);
  const title = venueTitles[venue];
  try {
    const view = await ports.views.at(ports.query, {
      sourceId: source.id,
      symbols,
      baseMs: source.baseSeconds * 1000,
      intervalMs: intervalSeconds * 1000,
      dueMs,
      hasGaps: true,
    });
    const moved = symbols.flatMap((symbol): SymbolTrouble[] => {
      const price = view.prices[symbol];
      const before = last[symbol] ?? view.before[symbol];
      const doubt = price === undefined || before === undefined ? null : moveDoubt(price, before);
      if (doubt === null) return [];
      const reason = `${title} has a price that moved by more than 20 % and that no second venue agrees with`;
      return [{ symbol, code: "market.doubtful", reason, received: doubt, final: true }];
    });
    return { kind: "ready", sourceId: source.id, baseSeconds: source.baseSeconds, venue, view, moved };
  } catch (error) {
    if (!(error instanceof UnusableMarket)) throw error;
    const trouble = {
      symbol: symbols.join(", "),
      code: "market.stale",
      reason: `${title} has too few candles`,
      received: error.message,
    } as const;
    return { kind: "refused", receipt: receiptOf("snapshot", venue, [trouble]), againMs: null };
  }
}
