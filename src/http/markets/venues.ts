/** GET /markets: the live venues, how they do, and their symbols. Open to all. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { isVenueName, venueNames, venueTitles } from "../../core/venue-names.ts";
import { venueIntervals } from "../../core/venue-rules.ts";
import { listVenues, type VenueRow } from "../../db/statements/venues/list.ts";
import { searchVenueSymbols } from "../../db/statements/venues/symbols.ts";
import type { HttpEnv } from "../context.ts";
import { searchField } from "../request/fields.ts";
import { queryOf } from "../request/inputs.ts";
import { pageFields, readPage, unchanged } from "../request/paging.ts";

const listQuery = z.strictObject({});
const symbolQuery = z.strictObject({ ...pageFields, q: searchField.optional() });
const key = z.tuple([z.string()]);

export const venueRoutes = new Hono<HttpEnv>()
  .get("/markets", queryOf(listQuery), async (c) => {
    const rows = await listVenues(c.get("deps").query, venueNames);
    return c.json({ items: rows.map(wireVenue), next_cursor: null });
  })
  .get("/markets/:market/symbols", queryOf(symbolQuery), async (c) => {
    const market = c.req.param("market");
    if (!isVenueName(market)) {
      throw new CodedError(
        "request.not_found",
        `There is no live venue of this name: it is one of ${venueNames.join(", ")}.`,
      );
    }
    const { q = null, ...asked } = c.req.valid("query");
    const { query, venue } = c.get("deps");
    const search = (after: string | null, rows: number) => searchVenueSymbols(query, market, q, after, rows);
    // A venue that nobody has asked yet has no list.
    if ((await searchVenueSymbols(query, market, null, null, 1)).length === 0) {
      const { found, reason } = await venue(market).find([]);
      if (!found)
        throw new CodedError(
          "market.unreachable",
          `${venueTitles[market]}'s list could not be read: ${reason}. Try again.`,
        );
    }
    const page = await readPage(asked, {
      name: `symbols ${market} ${q}`,
      key,
      keyOf: (row: { symbol: string }) => [row.symbol],
      read: (after, rows) => search(after?.[0] ?? null, rows),
      toItem: unchanged,
    });
    return c.json(page);
  });

function wireVenue(row: VenueRow) {
  return {
    market: row.venue,
    title: isVenueName(row.venue) ? venueTitles[row.venue] : row.venue,
    status: statusOf(row),
    intervals: [...venueIntervals],
    symbols: row.symbols,
    tournaments: row.tournaments,
    last_candle_at: row.last_candle_at,
    last_candle_age_seconds: row.last_candle_age_seconds,
    answered_at: row.answered_at,
    blocked_until: row.blocked_until,
    /** Its clock less ours. */
    clock_skew_seconds: row.clock_skew_ms === null ? null : Math.round(row.clock_skew_ms / 100) / 10,
    used_weight: row.used_weight,
    faults_last_hour: row.faults.reduce((sum, { count }) => sum + count, 0),
    faults: row.faults,
  };
}

function statusOf(row: VenueRow): "ok" | "waiting" | "failing" | "unused" {
  if (row.answered_at === null && row.failed_at === null) return "unused";
  if (row.blocked_until !== null) return "waiting";
  return row.failed_at !== null && (row.answered_at === null || row.failed_at > row.answered_at) ? "failing" : "ok";
}
