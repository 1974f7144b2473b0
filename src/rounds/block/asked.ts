/** What an entry's object is asked for a block of rounds, and what it answers. */
import type { Account, Lot, Quote } from "../../core/account.ts";
import type { Limits, Rules } from "../../core/rules.ts";
import { SharedText } from "../../core/text/shared-text.ts";
import type { OrderFate } from "../../strategies/strategy.ts";
import type { MarketView } from "../market-view.ts";

/** One round's market: what the agents see, and the quote that they fill at after they have decided. */
export interface BlockMarket extends Pick<MarketView, "prices" | "indicators"> {
  readonly round: number;
  readonly quote: Quote;
}

/** Writes and reads the markets of a block, which are the same for all its entries. */
export const blockMarkets = new SharedText<readonly BlockMarket[]>(2);

/** What an entry has before a round. Decimal strings. */
export interface EntryState {
  readonly account: Account;
  readonly lots: readonly Lot[];
  readonly fees: string;
  readonly realizedProfit: string;
  readonly memory: Readonly<Record<string, unknown>>;
  /** What became of the orders of its last decision. */
  readonly fills: readonly OrderFate[];
}

/** What does not change from round to round. */
export interface Setup {
  readonly agentName: string;
  readonly symbols: readonly string[];
  readonly rules: Rules;
  /** Null for a baseline. */
  readonly limits: Limits | null;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What an object is asked: to play these rounds forward. */
export interface BlockRequest {
  readonly tournamentId: string;
  readonly entryId: string;
  readonly strategy: string;
  readonly version: number;
  readonly setup: Setup;
  readonly state: EntryState;
  /** In the order of the rounds, written by `blockMarkets`. */
  readonly markets: string;
}

/** Fewer rounds than were asked for: the strategy failed in the next one, which is then played singly. */
export interface BlockReply {
  readonly choices: readonly unknown[];
  /** What the object reckons its cash to be after each round. */
  readonly cash: readonly string[];
}
