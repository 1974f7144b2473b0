/** Watches whether the Worker of a local run serves. In production the platform does that. */
import { setTimeout as sleep } from "node:timers/promises";
import { isSameProcess, type ProcessFacts } from "../process.ts";

/** How long a Worker may fail to answer before it counts as ended. In milliseconds. */
export interface Patience {
  /** For one answer. */
  readonly answer: number;
  /** After this time no further question is asked. */
  readonly all: number;
}

export interface WatchTimes {
  /** Between two looks at the processes. */
  readonly look: number;
  /** How many looks pass between two questions to a Worker that seems well. */
  readonly looksPerQuestion: number;
  readonly well: Patience;
  /** After workerd has died. Miniflare starts another one within half a second, which listens 0.3 s later. */
  readonly died: Patience;
  /**
   * When that was not enough, but the other workerd runs. On a busy machine it needs seconds before it listens. To start the whole
   * runtime anew would take several times as long.
   */
  readonly successor: Patience;
  /** While the Worker is reloaded. */
  readonly reloading: Patience;
}

const TIMES: WatchTimes = {
  look: 500,
  looksPerQuestion: 30,
  well: { answer: 10_000, all: 25_000 },
  died: { answer: 1_000, all: 10_000 },
  successor: { answer: 2_000, all: 35_000 },
  reloading: { answer: 1_000, all: 60_000 },
};

export interface WatchedRuntime {
  /** The processes that serve: workerd. */
  readonly list: () => readonly ProcessFacts[];
  /** Whether the watch is over. */
  readonly over: () => boolean;
  /** Whether a reload is under way, which ends workerd on purpose. */
  readonly reloading: () => boolean;
  /** It does not serve any more, for this reason. */
  readonly end: (why: string) => void;
  /** It serves again, after a death that has this reason. */
  readonly restarted: (why: string) => void;
}

/**
 * Miniflare starts workerd again when it dies, on the same port if nobody took it meanwhile. So /health is asked after each death
 * of workerd, and now and then without one. Resolves when the watch is over.
 */
export async function watchRuntime(url: string, watched: WatchedRuntime, times = TIMES): Promise<void> {
  let runtimes = watched.list();
  for (let look = 1; !watched.over(); look++) {
    await sleep(times.look, undefined, { ref: false });
    const dead = runtimes.find((runtime) => !isSameProcess(runtime.pid, runtime.began));
    if (!dead && look % times.looksPerQuestion !== 0) continue;
    const patience = watched.reloading() ? times.reloading : dead ? times.died : times.well;
    const hasSuccessor = () => dead !== undefined && watched.list().some(({ pid }) => pid !== dead.pid);
    const isServing = (await answers(url, patience)) || (hasSuccessor() && (await answers(url, times.successor)));
    if (watched.over()) return;
    const why = dead ? `workerd ended, pid ${dead.pid}` : "it does not answer";
    if (!isServing) watched.end(why);
    else if (dead) watched.restarted(why);
    runtimes = watched.list();
  }
}

/** Asks for /health until it answers or the patience is over. */
async function answers(url: string, { answer, all }: Patience): Promise<boolean> {
  const end = performance.now() + all;
  while (!(await answersWithin(url, answer))) {
    if (performance.now() >= end) return false;
    await sleep(300, undefined, { ref: false });
  }
  return true;
}

/** Whether /health answers within the time, whatever it says. */
export async function answersWithin(url: string, milliseconds: number): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(milliseconds) });
    await answer.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
