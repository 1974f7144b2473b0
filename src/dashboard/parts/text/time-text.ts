/** Times as text. Pure but for the viewer's zone. */

/** "just now", "40 s ago", "in 3 min", "2 d ago". */
export function agoText(atMs: number, nowMs: number): string {
  const seconds = Math.round((nowMs - atMs) / 1000);
  if (Math.abs(seconds) < 2) return "just now";
  const span = spanText(Math.abs(seconds));
  return seconds > 0 ? `${span} ago` : `in ${span}`;
}

/** A measured time, which is never nothing: "< 1 ms", else as spanText. */
export function measuredText(seconds: number): string {
  return seconds < 0.001 ? "< 1 ms" : spanText(seconds);
}

/** One unit, or hours with minutes: "850 ms", "12 s", "3 min", "1 h 20 min", "5 d". */
export function spanText(seconds: number): string {
  if (seconds > 0 && seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d`;
}

/** The text of a countdown: "0:07", "12:30", "1:04:00". */
export function countdownText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** "21:09", in the viewer's zone. */
export function clockText(at: string): string {
  return new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

/** "28 Nov 2026, 21:09", in the viewer's zone. It has seconds where the next such time comes within the same minute. */
export function dateTimeText(at: string, everySeconds = 60): string {
  const timeStyle = everySeconds % 60 === 0 ? "short" : "medium";
  return new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle });
}

/** "28 Nov, 21:09:31", in the viewer's zone. The year stands where it is not this one. */
export function secondText(at: string, nowMs: number): string {
  const date = new Date(at);
  const year = date.getFullYear() === new Date(nowMs).getFullYear() ? {} : { year: "numeric" as const };
  return date.toLocaleString("en-GB", { day: "numeric", month: "short", ...year, ...CLOCK });
}

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;

/** The viewer's zone: "CET", "UTC". */
export function zoneText(): string {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts();
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "local time";
}

/** The time in full, by ISO 8601 and in the viewer's zone: "2026-11-28T20:09:31.250Z (28 Nov 2026, 21:09:31.250 CET)". */
export function exactText(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const parts: Intl.DateTimeFormatOptions = {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    timeZoneName: "short",
  };
  return `${date.toISOString()} (${date.toLocaleString("en-GB", parts)})`;
}
