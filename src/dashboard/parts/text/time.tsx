import { useSyncExternalStore } from "react";
import { agoText, dateTimeText, exactText, measuredText, secondText, spanText } from "./time-text.ts";

/** One ticking clock for all components; it stops while no component uses it. `setSkew` corrects a wrong clock of the viewer. */
const listeners = new Set<() => void>();
let skewMs = 0;
let now = Math.floor(Date.now() / 1000) * 1000;
let timer: ReturnType<typeof setInterval> | null = null;

function tick(): void {
  now = Math.floor((Date.now() + skewMs) / 1000) * 1000;
  for (const listener of listeners) listener();
}

/** For each of the last frames: how far the server's clock was ahead of the viewer's when the frame came, in milliseconds. */
const skews: number[] = [];

/** `serverNow`: the time of the server's clock at this moment. A frame can come late, never early, so the largest difference is the truest. */
export function setSkew(serverNow: number): void {
  skews.push(serverNow - Date.now());
  if (skews.length > 8) skews.shift();
  const skew = Math.max(...skews);
  // A difference of less than a second comes from the network.
  skewMs = Math.abs(skew) < 1000 ? 0 : skew;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/** Epoch milliseconds, to the second. While the clock stands, its last time may be of long ago. */
export function currentSecond(): number {
  if (timer === null) tick();
  return now;
}

export function useNow(): number {
  return useSyncExternalStore(subscribe, currentSecond);
}

/** "3 min ago", "in 20 s"; the exact time, in the viewer's zone, on hover. */
export function RelativeTime({ at }: { readonly at: string | null }) {
  const current = useNow();
  if (at === null) return <span className="soft">–</span>;
  return (
    <time dateTime={at} title={exactText(at)}>
      {agoText(Date.parse(at), current)}
    </time>
  );
}

/** A clock time in the viewer's zone; the whole date on hover. */
export function ClockTime({ at }: { readonly at: string }) {
  return (
    <time className="num" dateTime={at} title={exactText(at)}>
      {new Date(at).toLocaleTimeString("en-GB")}
    </time>
  );
}

interface DateTimeProps {
  readonly at: string;
  /** Seconds from one such time to the next. */
  readonly everySeconds?: number;
}

/** A date with its time, in the viewer's zone. */
export function DateTime({ at, everySeconds }: DateTimeProps) {
  return (
    <time dateTime={at} title={exactText(at)}>
      {dateTimeText(at, everySeconds)}
    </time>
  );
}

/** A date with its time to the second, and how long ago that is. */
export function Moment({ at }: { readonly at: string | null }) {
  const current = useNow();
  if (at === null) return <span className="soft">–</span>;
  return (
    <time className="moment" dateTime={at} title={exactText(at)}>
      <span className="num">{secondText(at, current)}</span>{" "}
      <span className="soft">{agoText(Date.parse(at), current)}</span>
    </time>
  );
}

/** `measured`: a time that was measured, where 0 means less than a millisecond. */
export function Duration({ seconds, measured }: { readonly seconds: number | null; readonly measured?: boolean }) {
  if (seconds === null) return <span className="soft">–</span>;
  return <span className="num">{measured ? measuredText(seconds) : spanText(seconds)}</span>;
}
