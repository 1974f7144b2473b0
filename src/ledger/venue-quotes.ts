/** Checks the quotes of a live venue. They come from its book and from no candle, so they are checked in themselves. */
import { type Decimal, exact } from "./decimals.ts";
import type { RowName } from "./report.ts";
import type { QuoteRow } from "./rows.ts";
import type { State } from "./state.ts";

const VENUES: readonly string[] = ["coinbase", "kraken", "binance"];
/** Percent of the mid. A wider book is not traded at. */
const SPREAD_MAX = exact("5");

export function isLiveVenue(market: string): boolean {
  return VENUES.includes(market);
}

/** The sides of a venue's book. */
export interface BookPrices {
  readonly bid: Decimal;
  readonly ask: Decimal;
}

export function checkBook(state: State, row: RowName, quote: QuoteRow): BookPrices {
  const { report } = state;
  const [bid, ask] = [exact(quote.bid), exact(quote.ask)];
  const sum = bid.plus(ask);
  report.money(row, "mid", sum.div(exact("2")), quote.mid, "the middle of bid and ask");
  const spread = ask.minus(bid).times(exact("200")).div(sum);
  report.holds(row, bid.lte(ask), `at most ${quote.ask}`, quote.bid, "has a bid above its ask");
  report.holds(row, spread.lte(SPREAD_MAX), "5 %", `${spread.toFixed(2)} %`, "has a spread that may not be traded at");
  const known = quote.venue !== null && isLiveVenue(quote.venue);
  report.holds({ ...row }, known, "a venue", quote.venue, "does not say which venue it came from");
  report.same(row, "filled", false, quote.filled, "a venue's own quote");
  return { bid, ask };
}
