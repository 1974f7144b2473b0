import { useSyncExternalStore } from "react";
import { agoText, exactText, spanText } from "./time-text.ts";

/** One ticking clock for the whole page, stopped while nobody looks. Server and viewer may differ: see `setSkew`. */
const listeners = new Set<() => void>();
let skewMs = 0;
let now = Math.floor(Date.now() / 1000) * 1000;
let timer: ReturnType<typeof setInterval> | null = null;

function tick(): void {
  now = Math.floor((Date.now() + skewMs) / 1000) * 1000;
  for (const listener of listeners) listener();
}

/** `serverNow`: the time of the server's clock at this moment. */
export function setSkew(serverNow: number): void {
  const skew = serverNow - Date.now();
  // Less than a second is the network.
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

/** Epoch milliseconds, to the second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
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

/** A date with its time, in the viewer's zone. */
export function DateTime({ at }: { readonly at: string }) {
  const text = new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
  return (
    <time dateTime={at} title={exactText(at)}>
      {text}
    </time>
  );
}

export function Duration({ seconds }: { readonly seconds: number | null }) {
  return seconds === null ? <span className="soft">–</span> : <span className="num">{spanText(seconds)}</span>;
}
