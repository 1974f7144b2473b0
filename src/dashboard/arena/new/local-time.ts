/**
 * Turns the text of a datetime-local field into an instant. The text is a wall clock's time without an offset. Where clocks
 * change, one text may mean two instants or none. Pure: the time zone is an argument.
 */

export type LocalRead =
  | { readonly kind: "one"; readonly ms: number }
  /** The clocks go back: the text comes twice. */
  | { readonly kind: "twice"; readonly first: number; readonly second: number }
  /** The clocks go forward and skip the text. `next` is the text as far behind the change. */
  | { readonly kind: "never"; readonly next: string }
  | { readonly kind: "bad" };

/** A text, and which of two instants is meant when the text comes twice. */
export interface Entered {
  readonly text: string;
  readonly second: boolean;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const TEXT = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,3})?)?$/;

export const viewerZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Formats are kept: making one is slow, and every key press needs it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "iso8601",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  formats.set(zone, format);
  return format;
}

/** How far the zone's clocks are ahead of UTC at an instant. */
function offsetMs(ms: number, zone: string): number {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}

/** "2026-11-24T18:30", with seconds where there are any. */
export function localText(ms: number, zone: string): string {
  const text = new Date(ms + offsetMs(ms, zone)).toISOString().slice(0, 19);
  return text.endsWith(":00") ? text.slice(0, 16) : text;
}

export function readLocal(text: string, zone: string): LocalRead {
  const match = TEXT.exec(text);
  if (match === null) return { kind: "bad" };
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 16) !== text.slice(0, 16)) return { kind: "bad" };
  // No zone changes its clocks twice within two days, so the text can have no other offsets.
  const before = offsetMs(wall - DAY_MS, zone);
  const after = offsetMs(wall + DAY_MS, zone);
  const found = [...new Set([before, after])]
    .map((offset) => wall - offset)
    .filter((ms) => ms + offsetMs(ms, zone) === wall);
  const [first, other] = found.sort((a, b) => a - b);
  if (first === undefined) return { kind: "never", next: localText(wall - before, zone) };
  return other === undefined ? { kind: "one", ms: first } : { kind: "twice", first, second: other };
}

/** The instant that is meant; null when there is none. */
export function instantOf({ text, second }: Entered, zone: string): number | null {
  const read = readLocal(text, zone);
  if (read.kind === "one") return read.ms;
  return read.kind === "twice" ? (second ? read.second : read.first) : null;
}

/** The text for an instant of whole seconds. Read again, it gives the same instant. */
export function enteredAt(ms: number, zone: string): Entered {
  const text = localText(ms, zone);
  const read = readLocal(text, zone);
  return { text, second: read.kind === "twice" && read.second === ms };
}

/** "UTC+05:30". */
export function offsetText(ms: number, zone: string): string {
  const minutes = Math.round(offsetMs(ms, zone) / MINUTE_MS);
  const two = (count: number) => String(count).padStart(2, "0");
  const ahead = Math.abs(minutes);
  return `UTC${minutes < 0 ? "-" : "+"}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
}
