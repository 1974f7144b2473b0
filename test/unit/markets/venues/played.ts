/** A venue's desk on a played venue and a real PostgreSQL, with a clock that the test moves. */
import type { VenueName } from "../../../../src/core/venue-names.ts";
import { deskOf, type VenueDesk, venueSource } from "../../../../src/markets/venues/venue-desk.ts";
import type { TestClock } from "../../../support/builders.ts";
import type { TestDatabase } from "../../../support/database.ts";
import { binancePairs } from "../../../support/venues/binance.ts";
import { coinbasePairs } from "../../../support/venues/coinbase.ts";
import { krakenPairs } from "../../../support/venues/kraken.ts";
import { type PlayedVenue, playVenue } from "../../../support/venues/server.ts";

export const MINUTE = 60_000;
export const DUE = Date.parse("2026-11-28T12:00:00Z");

const pairs = { coinbase: coinbasePairs, kraken: krakenPairs, binance: binancePairs };

const PATIENT_MS = 60_000;

export interface Played {
  readonly venue: PlayedVenue;
  readonly clock: TestClock;
  desk: VenueDesk;
  /** How long a call may take. Long, so that no busy machine decides a test; a test of a slow answer sets a short time. */
  timeoutMs: number;
  /** What the desk could not store. */
  readonly errors: unknown[];
  /** How long the desk waited on its own, in milliseconds. */
  readonly slept: number[];
  /** A desk in a new life: nothing in memory. */
  reborn(): VenueDesk;
  close(): Promise<void>;
}

/** `aheadMs`: by how much the venue's clock is ahead of ours. */
export async function play(name: VenueName, db: TestDatabase, clock: TestClock, aheadMs = 0): Promise<Played> {
  const venue = await playVenue(name, () => clock.now() + aheadMs, [...pairs[name]]);
  await sources(db, name);
  const errors: unknown[] = [];
  const slept: number[] = [];
  const make = () =>
    deskOf(
      name,
      {
        fetch: (url, init) => fetch(url, init),
        timeoutMs: () => played.timeoutMs,
        answerWithinMs: PATIENT_MS,
        now: () => clock.now(),
        sleep: async (ms) => void slept.push(ms),
        query: db.query,
        onError: (error) => errors.push(error),
      },
      venue.url,
    );
  const played: Played = {
    venue,
    clock,
    desk: make(),
    timeoutMs: PATIENT_MS,
    errors,
    slept,
    reborn: () => {
      played.desk = make();
      return played.desk;
    },
    close: () => venue.close(),
  };
  return played;
}

async function sources(db: TestDatabase, name: VenueName): Promise<void> {
  for (const seconds of [60, 300, 900, 3600, 14_400, 86_400]) {
    const { id, baseSeconds } = venueSource(name, seconds);
    await db.query(
      `insert into candle_sources (id, kind, name, symbols, interval_seconds, first_open_at, last_open_at)
       values ($1, $2, $1, '{}', $3, 'epoch', 'epoch') on conflict do nothing`,
      [id, name, baseSeconds],
    );
  }
}

/** The stored candles of a symbol, oldest first. */
export async function stored(db: TestDatabase, sourceId: string, symbol: string) {
  return db.query<{
    open_ms: number;
    open: string;
    high: string;
    low: string;
    close: string;
    volume: string;
    filled: boolean;
  }>(
    `select agonus_ms(open_at) as open_ms, open::text, high::text, low::text, close::text, volume::text, filled
     from candles where source_id = $1 and symbol = $2 order by open_at`,
    [sourceId, symbol],
  );
}

export async function reasons(db: TestDatabase): Promise<string[]> {
  const rows = await db.query<{ reason: string }>("select reason from venue_faults order by at, reason");
  return rows.map(({ reason }) => reason);
}
