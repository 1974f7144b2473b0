/** Restarts a part of the stack that ends by itself. In production the platform does that. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Part {
  /** Resolves when it has ended, by whatever cause. */
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
}

export interface Supervision {
  readonly name: string;
  /** Starts it anew; may throw, then it is tried again later. */
  readonly start: () => Promise<Part>;
  readonly onLine: (line: string) => void;
  /** First and longest wait before a new start, and how long one must have lived for the first again. Defaults 1, 30 and 10 s. */
  readonly waitMilliseconds?: { readonly first: number; readonly longest: number; readonly healthy?: number };
}

/**
 * A part that served this long before it ended starts with the shortest wait again. A start counts once the part answers, so a
 * crash loop never gets that far, and a part that is killed twice a minute must not be away longer each time.
 */
const HEALTHY_MILLISECONDS = 10_000;

/** Returns the function that ends the part and its supervision. That function waits for a start that is under way. */
export function supervise(first: Part, { name, start, onLine, waitMilliseconds }: Supervision): () => Promise<void> {
  const { first: shortest, longest } = waitMilliseconds ?? { first: 1_000, longest: 30_000 };
  const stopping = new AbortController();
  const healthy = waitMilliseconds?.healthy ?? HEALTHY_MILLISECONDS;
  let part: Part | null = first;

  const watch = async () => {
    let wait = shortest;
    while (!stopping.signal.aborted) {
      const began = Date.now();
      const stopped = Promise.withResolvers<void>();
      const onStop = () => stopped.resolve();
      stopping.signal.addEventListener("abort", onStop, { once: true });
      const why = await Promise.race([part?.exited, stopped.promise]);
      stopping.signal.removeEventListener("abort", onStop);
      if (stopping.signal.aborted) return;
      onLine(`${name} ended${typeof why === "string" ? ` (${why})` : ""}: starting it again.`);
      // What is left of it may hold the port or the folder that the new one needs.
      await part?.stop().catch((error: unknown) => onLine(sentence(`What is left of ${name} does not end`, error)));
      part = null;
      if (Date.now() - began > healthy) wait = shortest;
      while (part === null && !stopping.signal.aborted) {
        await sleep(wait, undefined, { signal: stopping.signal }).catch(() => {});
        if (stopping.signal.aborted) return;
        wait = Math.min(wait * 2, longest);
        try {
          part = await start();
          onLine(`${name} runs again.`);
        } catch (error) {
          onLine(sentence(`${name} did not start; trying again in ${Math.round(wait / 1000)} s`, error));
        }
      }
    }
  };
  const watched = watch();

  return async () => {
    stopping.abort();
    await watched;
    await part?.stop();
  };
}

function sentence(what: string, error: unknown): string {
  return `${what}: ${error instanceof Error ? error.message : String(error)}`;
}
