/** Checks a tournament's symbols against the lists of its venues, and gives them the names that this project uses. */
import { CodedError, type ErrorCode, type FieldError } from "../../core/error-codes.ts";
import { isVenueName, type VenueName, venueTitles } from "../../core/venue-names.ts";
import { isAmbiguous, symbolName } from "../../core/venue-rules.ts";
import { OutOfReach } from "../../db/errors.ts";
import type { FoundSymbol } from "../../markets/venues/venue-desk.ts";
import type { HttpDeps } from "../deps.ts";
import { invalid } from "../request/validation.ts";
import type { PlannedSettings } from "./check-settings.ts";

interface Fault extends FieldError {
  readonly code: ErrorCode;
}

/**
 * The settings with the venues' names: XBT is BTC, and `rules.venues` begins with the market. Settings of other markets stay as
 * they are. Throws where a venue does not have or trade a symbol, and 503 where it can't be asked.
 */
export async function onVenues<S extends PlannedSettings>(deps: HttpDeps, settings: S): Promise<S> {
  const { market } = settings;
  if (!isVenueName(market)) return settings;
  const symbols = settings.symbols.map(symbolName);
  const faults = [...twice(symbols), ...orderFaults(market, settings.rules.venues)];
  const others = (settings.rules.venues ?? []).filter((venue) => venue !== market);
  if (faults.length === 0) {
    faults.push(...ownFaults(market, await find(deps, market, symbols)));
    for (const venue of others) {
      // A name that means another coin there is never asked for there.
      const same = symbols.filter((symbol) => !isAmbiguous(symbol));
      if (same.length > 0)
        faults.push(...otherFaults(venue, settings.rules.venues ?? [], await find(deps, venue, same)));
    }
  }
  const [first] = faults;
  if (first)
    throw invalid(
      faults.map(({ path, message }) => ({ path, message })),
      first.code,
    );
  const rules =
    settings.rules.venues === undefined ? settings.rules : { ...settings.rules, venues: [market, ...others] };
  return { ...settings, symbols, rules };
}

function twice(symbols: readonly string[]): Fault[] {
  return symbols.flatMap((symbol, i) =>
    symbols.indexOf(symbol) === i
      ? []
      : [
          {
            code: "request.invalid" as const,
            path: `symbols.${i}`,
            message: `is ${symbol}, which is in the list twice`,
          },
        ],
  );
}

function orderFaults(market: VenueName, venues: readonly VenueName[] | undefined): Fault[] {
  if (!venues) return [];
  const code = "request.invalid" as const;
  const double = venues.find((venue, i) => venues.indexOf(venue) !== i);
  if (double) return [{ code, path: "rules.venues", message: `has ${double} twice` }];
  if (venues.indexOf(market) > 0) {
    return [{ code, path: "rules.venues", message: `must begin with ${market}, the tournament's market` }];
  }
  return [];
}

function ownFaults(market: VenueName, found: readonly FoundSymbol[]): Fault[] {
  return found.flatMap(({ symbol, status, tradable, near }, i): Fault[] => {
    const path = `symbols.${i}`;
    if (status === null) {
      const meant = near.length > 0 ? `; it has ${near.join(", ")}` : "";
      return [
        { code: "tournament.unknown_symbol", path, message: `is not a symbol of ${venueTitles[market]}${meant}` },
      ];
    }
    if (tradable) return [];
    return [
      {
        code: "market.not_tradable",
        path,
        message: `is ${symbol}, which ${venueTitles[market]} does not trade now: ${status}`,
      },
    ];
  });
}

function otherFaults(venue: VenueName, venues: readonly VenueName[], found: readonly FoundSymbol[]): Fault[] {
  const missing = found.filter(({ tradable }) => !tradable).map(({ symbol }) => symbol);
  if (missing.length === 0) return [];
  const path = `rules.venues.${venues.indexOf(venue)}`;
  return [
    { code: "tournament.unknown_symbol", path, message: `${venueTitles[venue]} does not trade ${missing.join(", ")}` },
  ];
}

async function find(deps: HttpDeps, venue: VenueName, symbols: readonly string[]): Promise<readonly FoundSymbol[]> {
  const title = venueTitles[venue];
  try {
    const { found, reason } = await deps.venue(venue).find(symbols);
    if (found) return found;
    throw new CodedError("market.unreachable", `${title}'s list of symbols could not be read: ${reason}. Try again.`);
  } catch (error) {
    if (!(error instanceof OutOfReach)) throw error;
    throw new CodedError("market.unreachable", `${title} could not be asked: try again.`, undefined, { cause: error });
  }
}
