/** How busy the machine was: on a busy machine a decision may be late for want of a processor. */
import { availableParallelism, loadavg } from "node:os";

const SAMPLE_MS = 5000;

export interface Load {
  /** The highest load average (1 minute) from `fromMs` to `toMs`, in words. */
  between(fromMs: number, toMs: number): string;
  stop(): void;
}

export function watchLoad(): Load {
  const samples: { readonly atMs: number; readonly load: number }[] = [];
  const look = () => samples.push({ atMs: Date.now(), load: loadavg()[0] ?? 0 });
  look();
  const timer = setInterval(look, SAMPLE_MS).unref();
  return {
    between(fromMs, toMs) {
      const seen = samples.filter(({ atMs }) => atMs >= fromMs - SAMPLE_MS && atMs <= toMs + SAMPLE_MS);
      return `load ${Math.max(0, ...seen.map(({ load }) => load)).toFixed(1)} on ${availableParallelism()} cores`;
    },
    stop: () => clearInterval(timer),
  };
}
