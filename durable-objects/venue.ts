/**
 * The object of one live venue, by its name. All tournaments ask it, so that a candle or a quote is fetched once however many
 * want it, and a venue's wait holds for all. What it knows is in Postgres: a new life goes on where the last one ended.
 */
import { DurableObject } from "cloudflare:workers";
import { isVenueName } from "../src/core/venue-names.ts";
import { type Env, readSettings } from "../src/env.ts";
import { describeError } from "../src/log.ts";
import {
  deskOf,
  type VenueCandlesAsk,
  type VenueDesk,
  type VenuePort,
  type VenueQuotesAsk,
} from "../src/markets/venues/venue-desk.ts";
import { makePorts } from "../src/ports.ts";

export class Venue extends DurableObject<Env> implements VenuePort {
  #kept: VenueDesk | null = null;

  candles(ask: VenueCandlesAsk) {
    return this.#desk().candles(ask);
  }

  quotes(ask: VenueQuotesAsk) {
    return this.#desk().quotes(ask);
  }

  find(symbols: readonly string[]) {
    return this.#desk().find(symbols);
  }

  #desk(): VenueDesk {
    if (this.#kept) return this.#kept;
    const name = this.ctx.id.name ?? "";
    const ports = makePorts(this.env, null);
    const own = isVenueName(name) ? readSettings(this.env).venueUrls[name] : null;
    this.#kept = deskOf(
      name,
      {
        fetch: (url, init) => fetch(url, init),
        now: () => Date.now(),
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        query: ports.query,
        onError: (error) => ports.log({ event: "fault", where: `venue.${name}`, ...describeError(error) }),
      },
      own,
    );
    return this.#kept;
  }
}
