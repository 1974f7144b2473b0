/**
 * Reads times that people and programs write: ISO 8601 and RFC 3339 with their common variants. Among them is what
 * `date -Iminutes`, `date +%FT%T%z`, Python's `isoformat()` and `str()`, and JavaScript's `toISOString()` print.
 */

/** The text of every refusal. It shows a valid time. */
export const TIME_FAULT = "must be an ISO 8601 time with a zone, such as 2026-01-31T12:00:00Z";
export const TIME_RANGE_FAULT = "must be a time from the year 1 to the year 2199, such as 2026-01-31T12:00:00Z";

export type TimeRead =
  | { readonly kind: "ok"; readonly ms: number }
  | { readonly kind: "bad" | "no_zone" | "out_of_range" };

/** Longer than any form that is accepted. A longer text is refused unread. */
const CHARS_MAX = 50;
const DAY = String.raw`(\d{4}-\d{2}-\d{2})`;
const CLOCK = String.raw`(\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?`;
/** A `+` that a URL's writer did not escape arrives as a space. */
const ZONE = String.raw`(?:([Zz])| ?([+-])(\d{2})(?::?(\d{2}))?| (\d{2}):?(\d{2}))`;
const TIME = new RegExp(`^${DAY}(?:[Tt ]${CLOCK}${ZONE}?)?$`);

const EARLIEST_MS = Date.parse("0001-01-01T00:00:00Z");
const LATEST_MS = Date.parse("2200-01-01T00:00:00Z") - 1;

/** Reads a time with a zone, to the millisecond. Further digits are cut. */
export function readTime(text: string): TimeRead {
  const parts = partsOf(text);
  if (parts === null) return { kind: "bad" };
  return parts.clock && parts.zone ? inRange(parts.ms) : { kind: "no_zone" };
}

/** Like readTime, but a time without a zone is in UTC, and a day alone is its midnight in UTC. */
export function readUtcTime(text: string): TimeRead {
  const parts = partsOf(text);
  return parts === null ? { kind: "bad" } : inRange(parts.ms);
}

function inRange(ms: number): TimeRead {
  return ms < EARLIEST_MS || ms > LATEST_MS ? { kind: "out_of_range" } : { kind: "ok", ms };
}

function partsOf(text: string): { readonly ms: number; readonly clock: boolean; readonly zone: boolean } | null {
  const match = text.length > CHARS_MAX ? null : TIME.exec(text);
  if (match === null) return null;
  const [, day = "", minutes, seconds = "00", fraction = "", z, sign, hours, more = "00", bareHours, bareMore] = match;
  const second = `${day}T${minutes ?? "00:00"}:${seconds}`;
  const ms = Date.parse(`${second}.${fraction.slice(0, 3).padEnd(3, "0")}Z`);
  // Date.parse rolls 2025-02-30 over to March, and 24:00 over to the next day.
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(second)) return null;
  const ahead = Number(hours ?? bareHours ?? 0) * 60 + Number(bareMore ?? more);
  if (Number(hours ?? bareHours ?? 0) > 23 || Number(bareMore ?? more) > 59) return null;
  const offsetMs = (sign === "-" ? -ahead : ahead) * 60_000;
  const zone = z !== undefined || hours !== undefined || bareHours !== undefined;
  return { ms: ms - offsetMs, clock: minutes !== undefined, zone };
}
