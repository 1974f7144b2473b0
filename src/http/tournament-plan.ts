/** Checks a tournament's settings against the clock and the candles. Pure. */
import type { ErrorCode, FieldError } from "../core/error-codes.ts";
import { roundCount, roundDueAt, WARM_UP_CANDLES } from "../core/phases.ts";
import type { FileSource } from "../db/statements/api-tournament-basis.ts";
import { syntheticSymbols } from "../markets/synthetic-assets.ts";
import type { TournamentBody } from "./tournament-bodies.ts";
import { invalid } from "./validation.ts";

export type PlannedSettings = Pick<
  TournamentBody,
  "market" | "symbols" | "starts_at" | "ends_at" | "interval_seconds" | "rules"
>;

const ROUNDS_MAX = 10_000_000;
const DAY_MS = 86_400_000;
/** A synthetic tournament runs by the clock: rounds that were due before it was made are skipped. */
const LATE_START_MAX_MS = DAY_MS;
const AHEAD_MAX_MS = 5 * 365 * DAY_MS;

interface Fault extends FieldError {
  readonly code: ErrorCode;
}

/** The opening time, in epoch ms, of the first candle that the warm-up needs. */
export function firstOpenAt(settings: PlannedSettings): number {
  return roundDueAt(Date.parse(settings.starts_at), settings.interval_seconds, -WARM_UP_CANDLES);
}

/** Throws with the path of every field at fault. `source` is that of a replay. */
export function checkSettings(settings: PlannedSettings, now: string, source: FileSource | null): void {
  const faults = [
    ...spanFaults(settings),
    ...quoteFaults(settings.symbols),
    ...(settings.market === "synthetic" ? syntheticFaults(settings, Date.parse(now)) : replayFaults(settings, source)),
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

/** An account has one cash, so all symbols are priced in it. */
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

function syntheticFaults({ symbols, starts_at, ends_at, rules }: PlannedSettings, now: number): Fault[] {
  const faults: Fault[] = symbols.flatMap((symbol, i) =>
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
  const bad = (path: string, message: string) => faults.push({ code: "tournament.bad_dates", path, message });
  if (Date.parse(ends_at) <= now) bad("ends_at", "is in the past");
  else if (Date.parse(starts_at) < now - LATE_START_MAX_MS) bad("starts_at", "is more than a day in the past");
  if (Date.parse(starts_at) > now + AHEAD_MAX_MS) bad("starts_at", "is more than five years ahead");
  if (rules.candle_source !== undefined) {
    faults.push({ code: "request.invalid", path: "rules.candle_source", message: "is a setting of replays alone" });
  }
  return faults;
}

function replayFaults(settings: PlannedSettings, source: FileSource | null): Fault[] {
  const { symbols, interval_seconds, rules } = settings;
  if (!source) {
    const code = "tournament.no_candles";
    if (rules.candle_source !== undefined) return [{ code, path: "rules.candle_source", message: "is not imported" }];
    return [{ code, path: "symbols", message: "are in no imported candles together" }];
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

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
