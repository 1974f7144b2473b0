/** Checks a tournament's settings against the clock and the candles. Pure. */
import { isPrice, isStorable } from "../../core/column-bounds.ts";
import type { ErrorCode, FieldError } from "../../core/error-codes.ts";
import { decimal, divide } from "../../core/money.ts";
import { roundCount, roundDueAt, WARM_UP_CANDLES } from "../../core/phases.ts";
import { isVenueName } from "../../core/venue-names.ts";
import { venueIntervals } from "../../core/venue-rules.ts";
import type { PriceRange } from "../../db/statements/markets/price-ranges.ts";
import type { FileSource } from "../../db/statements/tournaments/basis.ts";
import { syntheticSymbols } from "../../markets/synthetic-assets.ts";
import { invalid } from "../request/validation.ts";
import type { TournamentBody } from "./bodies.ts";

export type PlannedSettings = Pick<
  TournamentBody,
  "market" | "symbols" | "starts_at" | "ends_at" | "interval_seconds" | "rules"
>;

const ROUNDS_MAX = 10_000_000;
const DAY_MS = 86_400_000;
/** A live tournament runs by the clock: rounds that were due before it was made are skipped. */
const LATE_START_MAX_MS = DAY_MS;
const AHEAD_MAX_MS = 5 * 365 * DAY_MS;

interface Fault extends FieldError {
  readonly code: ErrorCode;
}

/** The opening time, in epoch ms, of the first candle that the warm-up needs. */
export function firstOpenAt(settings: PlannedSettings): number {
  return roundDueAt(Date.parse(settings.starts_at), settings.interval_seconds, -WARM_UP_CANDLES);
}

/** Throws with the path of every wrong field. `source`: the stored candles of a replay. */
export function checkSettings(settings: PlannedSettings, now: string, source: FileSource | null): void {
  const faults = [
    ...spanFaults(settings),
    ...quoteFaults(settings.symbols),
    ...(settings.market === "replay" ? replayFaults(settings, source) : liveFaults(settings, Date.parse(now))),
    ...(settings.market === "synthetic" ? syntheticFaults(settings) : []),
    ...(isVenueName(settings.market) ? gridFaults(settings) : venuesFaults(settings)),
  ];
  const [first] = faults;
  if (!first) return;
  throw invalid(
    faults.map(({ path, message }) => ({ path, message })),
    first.code,
  );
}

function spanFaults({ starts_at, ends_at, interval_seconds }: PlannedSettings): Fault[] {
  const code = "tournament.bad_dates";
  const startsAt = Date.parse(starts_at);
  const endsAt = Date.parse(ends_at);
  if (endsAt <= startsAt) return [{ code, path: "ends_at", message: "must be after starts_at" }];
  const count = roundCount(startsAt, endsAt, interval_seconds);
  if (count <= ROUNDS_MAX) return [];
  return [{ code, path: "ends_at", message: `leaves ${count} rounds; there can be at most ${ROUNDS_MAX}` }];
}

/** An account holds one currency, so all symbols must be priced in it. */
function quoteFaults(symbols: readonly string[]): Fault[] {
  const quote = symbols[0]?.split("-")[1];
  return symbols.flatMap((symbol, i) =>
    symbol.split("-")[1] === quote
      ? []
      : [
          {
            code: "request.invalid" as const,
            path: `symbols.${i}`,
            message: `must be priced in ${quote} like the first`,
          },
        ],
  );
}

function syntheticFaults({ symbols }: PlannedSettings): Fault[] {
  return symbols.flatMap((symbol, i): Fault[] =>
    syntheticSymbols.includes(symbol)
      ? []
      : [
          {
            code: "tournament.unknown_symbol" as const,
            path: `symbols.${i}`,
            message: "is not a symbol of the synthetic market",
          },
        ],
  );
}

/** A live venue's candles open on multiples of their interval, and there are six intervals. */
function gridFaults({ starts_at, interval_seconds: interval }: PlannedSettings): Fault[] {
  if (!venueIntervals.includes(interval)) {
    const message = `must be one of ${venueIntervals.join(", ")} on a live venue`;
    return [{ code: "tournament.bad_interval", path: "interval_seconds", message }];
  }
  const step = interval * 1000;
  const startsAt = Date.parse(starts_at);
  if (startsAt % step === 0) return [];
  const next = new Date(Math.ceil(startsAt / step) * step).toISOString();
  const message = `must be the opening time of a candle of ${interval} s, such as ${next}`;
  return [{ code: "tournament.bad_dates", path: "starts_at", message }];
}

function venuesFaults({ rules }: PlannedSettings): Fault[] {
  if (rules.venues === undefined) return [];
  return [{ code: "request.invalid", path: "rules.venues", message: "is only for live venues" }];
}

function liveFaults({ starts_at, ends_at, rules }: PlannedSettings, now: number): Fault[] {
  const faults: Fault[] = [];
  const bad = (path: string, message: string) => faults.push({ code: "tournament.bad_dates", path, message });
  if (Date.parse(ends_at) <= now) bad("ends_at", "is in the past");
  else if (Date.parse(starts_at) < now - LATE_START_MAX_MS) bad("starts_at", "is more than a day in the past");
  if (Date.parse(starts_at) > now + AHEAD_MAX_MS) bad("starts_at", "is more than five years ahead");
  if (rules.candle_source !== undefined) {
    faults.push({ code: "request.invalid", path: "rules.candle_source", message: "is only for replays" });
  }
  return faults;
}

function replayFaults(settings: PlannedSettings, source: FileSource | null): Fault[] {
  const { symbols, interval_seconds, rules } = settings;
  if (!source) {
    const code = "tournament.no_candles";
    if (rules.candle_source !== undefined) return [{ code, path: "rules.candle_source", message: "is not imported" }];
    return [{ code, path: "symbols", message: "are not together in any imported candles" }];
  }
  const faults: Fault[] = symbols.flatMap((symbol, i) =>
    source.symbols.includes(symbol)
      ? []
      : [
          {
            code: "tournament.unknown_symbol" as const,
            path: `symbols.${i}`,
            message: "is not in the imported candles",
          },
        ],
  );
  if (interval_seconds % source.interval_seconds !== 0) {
    const message = `must be a multiple of the candles' ${source.interval_seconds} s`;
    return [...faults, { code: "tournament.bad_interval", path: "interval_seconds", message }];
  }
  return [...faults, ...coverFaults(settings, source)];
}

function coverFaults(settings: PlannedSettings, source: FileSource): Fault[] {
  const startsAt = Date.parse(settings.starts_at);
  const endsAt = Date.parse(settings.ends_at);
  const first = Date.parse(source.first_open_at);
  const last = Date.parse(source.last_open_at);
  const earliest = first + startsAt - firstOpenAt(settings);
  if (startsAt < earliest) {
    const message = `must be at ${iso(earliest)} or later: ${WARM_UP_CANDLES} candles of ${settings.interval_seconds} s come before`;
    return [{ code: "tournament.no_candles", path: "starts_at", message }];
  }
  if ((startsAt - first) % (source.interval_seconds * 1000) !== 0) {
    const message = `must be the opening time of a candle: ${iso(first)} plus a multiple of ${source.interval_seconds} s`;
    return [{ code: "tournament.bad_dates", path: "starts_at", message }];
  }
  const rounds = roundCount(startsAt, endsAt, settings.interval_seconds);
  if (roundDueAt(startsAt, settings.interval_seconds, rounds - 1) <= last) return [];
  const message = `leaves a round without candles: the last one opens at ${iso(last)}`;
  return [{ code: "tournament.no_candles", path: "ends_at", message }];
}

/**
 * Refuses starting cash that would buy more of a symbol than can be stored, or whose purchase could become worth more than
 * that, at the lowest and highest price of the candles that a replay runs on.
 */
export function refuseTooLarge(startingCash: string, ranges: readonly PriceRange[]): void {
  const cash = decimal(startingCash);
  const faults = ranges.flatMap(({ symbol, low, high }): FieldError[] => {
    if (!isPrice(low) || !isPrice(high))
      return [{ path: "symbols", message: `has ${symbol}, whose candles hold an impossible price` }];
    const path = "starting_cash";
    if (!isStorable(divide(cash, decimal(low)))) {
      return [{ path, message: `would buy 1e20 ${symbol} or more at its lowest price, ${low}: that can't be stored` }];
    }
    if (!isStorable(divide(cash.times(decimal(high)), decimal(low)))) {
      const message = `in ${symbol} could grow to 1e20 or more between its prices ${low} and ${high}: that can't be stored`;
      return [{ path, message }];
    }
    return [];
  });
  if (faults.length > 0) throw invalid(faults, "trading.too_large");
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
