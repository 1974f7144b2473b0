/**
 * The quote of a closed round on a live venue: bid and ask, which are asked for after the close. Nobody trades on a book that
 * is crossed, one-sided or wide, or at a price that moved too far. For such a symbol the next venue of the rules is asked. The
 * round is skipped when no venue has a price.
 */
import type { Quote } from "../../core/account.ts";
import { type VenueName, venueTitles } from "../../core/venue-names.ts";
import { agree, bookDoubt, midOf, moveDoubt, quotePatience, quoteTimeOf } from "../../core/venue-rules.ts";
import type { Look } from "../../db/statements/rounds/look.ts";
import { readSnapshotCloses } from "../../db/statements/rounds/snapshot-closes.ts";
import { type Receipt, storeReceipts } from "../../db/statements/venues/receipts.ts";
import type { SymbolTrouble } from "../../markets/venues/venue-desk.ts";
import type { RoundPorts } from "../ports.ts";
import { againMs, ask, codeOfAll, lastPrices, mayAsk, receiptOf, venuesOf } from "./asking.ts";

export type VenueQuote =
  | { readonly kind: "ready"; readonly quote: Quote }
  | { readonly kind: "not_yet"; readonly afterMs: number }
  | { readonly kind: "skip"; readonly reason: Receipt["code"] };

type Price = Quote[string];
type Closed = Look & {
  readonly round_id: string;
  readonly number: number;
  readonly due_ms: number;
  readonly closed_ms: number;
};

export async function venueQuote(ports: RoundPorts, look: Closed, own: VenueName): Promise<VenueQuote> {
  const times = { dueMs: look.due_ms, intervalSeconds: look.interval_seconds };
  const quoteMs = quoteTimeOf(times, look.closed_ms);
  if (quoteMs >= look.due_ms + look.interval_seconds * 1000) return tooLate(ports, look, own);
  if (look.now_ms < quoteMs) return { kind: "not_yet", afterMs: quoteMs - look.now_ms };
  const patience = quotePatience(times, quoteMs);
  const last = {
    ...(await readSnapshotCloses(ports.query, look.round_id)),
    ...(await lastPrices(ports, look, look.due_ms)),
  };
  const quote: Record<string, Price> = {};
  const suspects = new Map<string, Price>();
  const receipts: Receipt[] = [];
  let waitMs: number | null = null;
  for (const venue of venuesOf(look, own)) {
    const wanted = look.symbols.filter((symbol) => quote[symbol] === undefined && mayAsk(venue, own, symbol));
    if (wanted.length === 0) continue;
    if (waitMs !== null && look.now_ms < patience.fallback) break;
    const reply = await ask(ports, wanted, () => ports.venue(venue).quotes({ symbols: wanted, quoteMs }));
    const troubles: SymbolTrouble[] = [];
    for (const symbol of wanted) {
      const book = reply.values[symbol];
      if (!book) {
        const trouble = reply.troubles.find((each) => each.symbol === symbol);
        const replyForSymbol = { ...reply, troubles: trouble ? [trouble] : [] };
        const after = againMs(replyForSymbol, look.now_ms, patience);
        if (after !== null) waitMs = Math.min(waitMs ?? after, after);
        const none = {
          symbol,
          code: "market.stale",
          reason: `${venueTitles[venue]} gave no quote in time`,
          received: "",
          final: false,
        } as const;
        troubles.push(trouble ?? none);
        continue;
      }
      const doubt = takeOrDoubt(symbol, { ...book, venue }, suspects, last[symbol], quote);
      if (doubt) troubles.push({ symbol, code: "market.doubtful", ...doubt, final: true });
    }
    if (troubles.length > 0) receipts.push(receiptOf("quote", venue, troubles));
  }
  const complete = look.symbols.every((symbol) => quote[symbol] !== undefined);
  if (!complete && waitMs !== null) return { kind: "not_yet", afterMs: waitMs };
  await storeReceipts(ports.query, look.tournament_id, look.number, receipts);
  return complete ? { kind: "ready", quote } : { kind: "skip", reason: codeOfAll(receipts) };
}

/** An outage of ours delayed the close so long that its quote would come after the next round was due. Such a price says nothing about the decisions. */
async function tooLate(ports: RoundPorts, look: Closed, own: VenueName): Promise<VenueQuote> {
  const late = { code: "market.stale", reason: "the round closed after the next one was due", received: "" } as const;
  const receipt = receiptOf(
    "quote",
    own,
    look.symbols.map((symbol) => ({ symbol, ...late })),
  );
  await storeReceipts(ports.query, look.tournament_id, look.number, [receipt]);
  return { kind: "skip", reason: receipt.code };
}

/** Writes a price into `quote`, or returns why it is doubtful. A doubtful price is kept in `suspects` for the next venue. */
function takeOrDoubt(
  symbol: string,
  book: { readonly bid: string; readonly ask: string; readonly venue: VenueName },
  suspects: Map<string, Price>,
  last: string | undefined,
  quote: Record<string, Price>,
): { readonly reason: string; readonly received: string } | null {
  const { bid, ask: asked, venue } = book;
  const title = venueTitles[venue];
  const received = `bid ${bid}, ask ${asked}`;
  const unsound = bookDoubt(book);
  if (unsound) return { reason: `${title} sent a book that can't be traded at`, received: unsound };
  const price: Price = { bid, ask: asked, mid: midOf(book), venue };
  const suspect = suspects.get(symbol);
  if (suspect && agree(suspect.mid, price.mid)) {
    // Two venues have this price, so it did move.
    quote[symbol] = suspect;
    return null;
  }
  const move = last === undefined ? null : moveDoubt(price.mid, last);
  if (move === null) {
    quote[symbol] = price;
    return null;
  }
  if (!suspect) suspects.set(symbol, price);
  const reason = `${title} has a price that moved by more than 20 % and that no second venue agrees with`;
  return { reason, received: `${received}: ${move}` };
}
