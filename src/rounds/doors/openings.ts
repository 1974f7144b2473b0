/**
 * Waits for the next round of a tournament. All who wait in one isolate share one call to the tournament's Arena: one of
 * them, the leader, makes it, and wakes the others with what it learns. Nobody asks the database.
 */

/** What an Arena knows of its rounds. */
export interface RoundNews {
  /** The round with the highest number. −1 before the first. */
  readonly latest: number;
  /** The tournament has ended. */
  readonly isOver: boolean;
}

/** Answers when the Arena knows of a round above `after`, or of the tournament's end, or when the time is up. */
export type AskArena = (tournamentId: string, after: number, waitMs: number) => Promise<RoundNews>;

/** How long one call to the Arena waits. */
const SLICE_MS = 5000;
/** A leader whose call takes longer is gone: the platform has ended its request, and with it the call. */
const LEADER_SILENT_MS = SLICE_MS + 2000;

/** How those who don't lead learn of a round. */
export interface Waking {
  /** The leader wakes them, across requests. Where the runtime can't, each looks by itself at what the leader has noted. */
  readonly byLeader: boolean;
  /**
   * How often each of them looks, at what the leader has noted and whether somebody leads. Its timer also keeps its request
   * alive: the platform ends a request that waits only for another one.
   */
  readonly watchMs: number;
}
export const wokenByLeader: Waking = { byLeader: true, watchMs: 2000 };
/** A waiter whose time has been up for so long is gone: a request that the platform ended does not remove itself. */
const GONE_MS = 2000;
/** After an Arena that could not be reached, for example because it was reset. */
const PAUSE_MS = 500;

interface Waiter {
  readonly after: number;
  /** Until when it waits. */
  readonly end: number;
  wake: () => void;
}

interface Line {
  latest: number;
  isOver: boolean;
  /** Since when a call is under way. A leader whose request ended leaves its call unfinished. */
  call: { readonly since: number } | null;
  readonly waiting: Set<Waiter>;
}

export class Openings {
  readonly #lines = new Map<string, Line>();
  readonly #waking: Waking;

  constructor(waking: Waking) {
    this.#waking = waking;
  }

  /** What is known of a tournament's rounds right now. Null while nobody listens to its Arena. */
  known(tournamentId: string): RoundNews | null {
    const line = this.#lines.get(tournamentId);
    return line && isLed(line) ? { latest: line.latest, isOver: line.isOver } : null;
  }

  /** Returns when there is a round above `after`, when the tournament has ended, or after `waitMs`. */
  async until(ask: AskArena, tournamentId: string, after: number, waitMs: number): Promise<void> {
    const line = this.#line(tournamentId);
    learn(line, { latest: after, isOver: false });
    const { byLeader, watchMs } = this.#waking;
    const waiter: Waiter = { after, end: performance.now() + waitMs, wake: () => {} };
    line.waiting.add(waiter);
    try {
      for (let left = waitMs; left > 0 && !isNews(line, after); left = waiter.end - performance.now()) {
        if (isLed(line)) await (byLeader ? woken(waiter, Math.min(left, watchMs)) : pause(Math.min(left, watchMs)));
        else await lead(ask, tournamentId, line, waiter);
      }
    } finally {
      line.waiting.delete(waiter);
      if (line.waiting.size === 0 && this.#lines.get(tournamentId) === line) this.#lines.delete(tournamentId);
    }
  }

  #line(tournamentId: string): Line {
    const known = this.#lines.get(tournamentId);
    if (known) return known;
    const line: Line = { latest: -1, isOver: false, call: null, waiting: new Set() };
    this.#lines.set(tournamentId, line);
    return line;
  }
}

const isNews = (line: Line, after: number) => line.isOver || line.latest > after;

function isLed({ call }: Line): boolean {
  return call !== null && performance.now() - call.since < LEADER_SILENT_MS;
}

/** Notes what the Arena said. If any of it is new, all are woken, and each looks whether its own round is there. */
function learn(line: Line, { latest, isOver }: RoundNews): void {
  if (latest <= line.latest && (!isOver || line.isOver)) return;
  line.latest = Math.max(line.latest, latest);
  line.isOver ||= isOver;
  for (const { wake } of line.waiting) wake();
}

/** Makes one call for all who wait. A leader that leaves wakes the next one. */
async function lead(ask: AskArena, tournamentId: string, line: Line, waiter: Waiter): Promise<void> {
  const call = { since: performance.now() };
  line.call = call;
  forgetGone(line, call.since);
  const left = () => waiter.end - performance.now();
  try {
    const news = await ask(tournamentId, line.latest, Math.max(0, Math.min(left(), SLICE_MS)));
    // A leader that was taken for gone, and replaced, tells what it knows too.
    if (line.call === call) line.call = null;
    learn(line, news);
  } catch {
    // The Arena can't be reached. The round's opening is stored, so the waiters lose nothing but time: they ask again.
    await pause(Math.max(0, Math.min(left(), PAUSE_MS)));
  } finally {
    if (line.call === call) line.call = null;
  }
  const stays = left() > 0 && !isNews(line, waiter.after);
  if (stays || line.call !== null) return;
  const next = [...line.waiting].findLast((other) => other !== waiter);
  if (next === undefined) return;
  next.wake();
  // workerd tells another request in a later turn. It would tell nothing if this request had ended by then.
  await pause(0);
}

function forgetGone(line: Line, now: number): void {
  for (const waiter of line.waiting) if (waiter.end < now - GONE_MS) line.waiting.delete(waiter);
}

async function woken(waiter: Waiter, waitMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  waiter.wake = resolve;
  const timer = setTimeout(resolve, waitMs);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
