/** Signals that end a command (Ctrl-C, SIGTERM, SIGHUP): the first asks for an orderly end, the second ends at once. */

/** The terminal sends a Ctrl-C to this process, and npm passes it on once more. Two signals within this time count as one. */
const SAME_PRESS_MILLISECONDS = 700;

export interface Interrupts {
  /** Aborted by the first one. */
  readonly signal: AbortSignal;
  dispose(): void;
}

/**
 * `onFirst` tells the user what happens now, `onSecond` must exit. The end of the parent process counts as a first signal, because
 * nobody is left to press Ctrl-C.
 */
export function listenForInterrupts(onFirst: (why: string) => void, onSecond: () => void): Interrupts {
  const controller = new AbortController();
  let first = Number.POSITIVE_INFINITY;
  const heard = (why: string) => {
    if (!controller.signal.aborted) {
      first = performance.now();
      onFirst(why);
      controller.abort();
    } else if (why !== "disconnect" && performance.now() - first > SAME_PRESS_MILLISECONDS) onSecond();
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const handlers = names.map((name) => [name, () => heard(name)] as const);
  for (const [name, handler] of handlers) process.on(name, handler);
  const lost = () => heard("disconnect");
  process.on("disconnect", lost);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const [name, handler] of handlers) process.off(name, handler);
      process.off("disconnect", lost);
    },
  };
}
