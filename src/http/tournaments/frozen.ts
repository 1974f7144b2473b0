/** What a tournament freezes when it is made, and the hash of it. */
import { canonicalJson, plainDecimal, sha256Hex } from "../../core/text/canonical.ts";
import { isVenueName } from "../../core/venue-names.ts";
import type { TournamentSettings } from "../../db/statements/tournaments/insert.ts";
import type { TournamentBody } from "./bodies.ts";

export type Settings = Omit<TournamentBody, "agent_ids">;

/** The candles that a tournament runs on: their source's id, and the clock and commitment that are frozen with the rules. */
export interface Market {
  readonly id: string;
  readonly clock: number;
  readonly commitment: string | null;
}

/**
 * The hash covers everything that is frozen. Two tournaments with equal settings have different hashes only because their
 * markets differ.
 * The hash is public while the seed is secret, and a seed is easy to guess. So the hash of a live tournament covers the
 * commitment to the seed and the market's key in place of the seed.
 */
export async function frozen(settings: Settings, source: Market): Promise<TournamentSettings> {
  const { market, symbols, starts_at, ends_at, interval_seconds, rules } = settings;
  const starting_cash = plainDecimal(settings.starting_cash);
  const shared = { market, symbols, starts_at, ends_at, interval_seconds, starting_cash };
  const { seed, ...open } = rules;
  const { clock: market_clock, commitment: market_commitment } = source;
  const candle_source = isVenueName(market) ? source.id : null;
  const live = { ...shared, candle_source, rules: open, market_clock, market_commitment };
  const kept = market_commitment === null ? {} : { market_commitment };
  const rulesHash = await sha256Hex(
    canonicalJson(market === "replay" ? { ...shared, rules, candle_source: source.id, ...kept } : live),
  );
  return {
    name: settings.name,
    candleSourceId: source.id,
    symbols,
    intervalSeconds: interval_seconds,
    startsAt: starts_at,
    endsAt: ends_at,
    startingCash: starting_cash,
    rules,
    rulesHash,
    prizePool: settings.prize_pool,
  };
}
