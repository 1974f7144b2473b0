/**
 * Waits for the next round of a tournament. All who wait in one isolate share one call to the tournament's Arena: one of
 * them, the leader, makes it and notes what it learns. The others look at that note by timers of their own: the leader's client
 * may leave in the middle of the call, and then no promise of it would ever wake them. Nobody asks the database.
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

/** How long one call to the Arena waits. A leader that died is replaced after a little more than this. */
const SLICE_MS = 5000;
const LEADER_SILENT_MS = SLICE_MS + 2000;
/** How often those who don't lead look at what the leader has learnt. */
const LOOK_MS = 200;
/** After an Arena that could not be reached, for example because it was reset. */
const PAUSE_MS = 500;

interface Line {
  latest: number;
  isOver: boolean;
  /** Since when a call is under way. A leader whose request ended leaves its call unfinished. */
  call: { readonly since: number } | null;
  /** How many requests wait. */
  waiting: number;
}

export class Openings {
  readonly #lines = new Map<string, Line>();

  /** What is known of a tournament's rounds right now. Null while nobody listens to its Arena. */
  known(tournamentId: string): RoundNews | null {
    const line = this.#lines.get(tournamentId);
    return line && isLed(line) ? { latest: line.latest, isOver: line.isOver } : null;
  }

  /** Returns when there is a round above `after`, when the tournament has ended, or after `waitMs`. */
  async until(ask: AskArena, tournamentId: string, after: number, waitMs: number): Promise<void> {
    const line = this.#line(tournamentId);
    line.latest = Math.max(line.latest, after);
    line.waiting += 1;
    const end = performance.now() + waitMs;
    try {
      for (let left = waitMs; left > 0 && !isNews(line, after); left = end - performance.now()) {
        if (isLed(line)) await pause(Math.min(left, LOOK_MS));
        else await lead(ask, tournamentId, line, Math.min(left, SLICE_MS));
      }
    } finally {
      line.waiting -= 1;
      if (line.waiting === 0) this.#lines.delete(tournamentId);
    }
  }

  #line(tournamentId: string): Line {
    const known = this.#lines.get(tournamentId);
    if (known) return known;
    const line: Line = { latest: -1, isOver: false, call: null, waiting: 0 };
    this.#lines.set(tournamentId, line);
    return line;
  }
}

const isNews = (line: Line, after: number) => line.isOver || line.latest > after;

function isLed({ call }: Line): boolean {
  return call !== null && performance.now() - call.since < LEADER_SILENT_MS;
}

async function lead(ask: AskArena, tournamentId: string, line: Line, waitMs: number): Promise<void> {
  const call = { since: performance.now() };
  line.call = call;
  try {
    const { latest, isOver } = await ask(tournamentId, line.latest, waitMs);
    line.latest = Math.max(line.latest, latest);
    line.isOver ||= isOver;
  } catch {
    // The Arena can't be reached. The opening is in the database, so who waits loses time alone, and asks again.
    await pause(Math.min(waitMs, PAUSE_MS));
  } finally {
    if (line.call === call) line.call = null;
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
