/**
 * How much of a step goes out: a thousand sockets times all that a large round has to say is more than a machine should
 * send while the next round runs. Pure. What is cut is the end of lists whose first items matter most; the paths have all.
 */
import type { FeedEvent } from "../core/feed.ts";

/** Characters that go out a second over a while, and at once after a quiet one; over all spectators. */
const RATE_CHARS = 4_000_000;
const BURST_CHARS = 20_000_000;
/** Of one frame, whoever watches. */
const FRAME_CHARS_MAX = 400_000;
const FRAME_CHARS_MIN = 2000;
/** Of a list that is cut, these stay. */
const ITEMS_MIN = 3;

/** A budget that fills up with time and is spent by sending. Epoch milliseconds. */
export class FeedBudget {
  #chars = BURST_CHARS;
  #at = 0;

  /** Characters of a frame that so many are to read. */
  allowance(now: number, spectators: number): number {
    this.#chars = Math.min(BURST_CHARS, this.#chars + (Math.max(0, now - this.#at) * RATE_CHARS) / 1000);
    this.#at = now;
    const each = Math.floor(this.#chars / Math.max(1, spectators));
    return Math.min(FRAME_CHARS_MAX, Math.max(FRAME_CHARS_MIN, each));
  }

  spend(chars: number, spectators: number): void {
    this.#chars = Math.max(0, this.#chars - chars * spectators);
  }
}

/** The events within about so many characters: states and counts always, of long lists the same share of each. */
export function fitInto(events: readonly FeedEvent[], chars: number): FeedEvent[] {
  const lengths = events.map((event) => JSON.stringify(event).length);
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  if (whole <= chars) return [...events];
  // What can't be cut is paid first; what is left is shared by the rest.
  const bare = events.map((event) => JSON.stringify(cut(event, 0)).length);
  const fixed = bare.reduce((sum, length) => sum + length, 0);
  const share = Math.max(0, chars - fixed) / Math.max(1, whole - fixed);
  return events.map((event) => cut(event, share));
}

function cut(event: FeedEvent, share: number): FeedEvent {
  const first = <T>(items: readonly T[]): T[] => items.slice(0, Math.max(ITEMS_MIN, Math.floor(items.length * share)));
  switch (event.type) {
    case "progress": {
      // Some of who has decided would read as all.
      return event.agents.length * share < event.agents.length && event.agents.length > ITEMS_MIN
        ? { ...event, agents: [] }
        : event;
    }
    case "decisions":
      return { ...event, items: first(event.items), misses: first(event.misses) };
    case "fills":
      return {
        ...event,
        items: first(event.items),
        refused: first(event.refused),
        holdings: first(event.holdings),
      };
    case "equity":
      return { ...event, agents: first(event.agents), equity: first(event.equity) };
    case "leaderboard":
      return { ...event, items: first(event.items) };
    case "tournament":
    case "round":
    case "prices":
      return event;
    default: {
      const never: never = event;
      throw new Error(`an event that nobody knows: ${JSON.stringify(never)}`);
    }
  }
}
