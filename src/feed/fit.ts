/**
 * Limits how much of a step is sent. All events of a large round times a thousand sockets are more than a machine should send
 * while the next round runs. Lists are cut at their end, because their first items matter most. REST has the rest. Pure.
 */
import type { FeedEvent } from "../api/feed.ts";

/** Characters sent to all spectators together: a second on average, and at once after a quiet time. */
const RATE_CHARS = 4_000_000;
const BURST_CHARS = 20_000_000;
/** Bounds of one frame, for any number of spectators. */
const FRAME_CHARS_MAX = 400_000;
const FRAME_CHARS_MIN = 2000;
/** How many items of a list always stay. */
const ITEMS_MIN = 3;

/** A budget that fills up with time and is spent by sending. Epoch milliseconds. */
export class FeedBudget {
  #chars = BURST_CHARS;
  #at = 0;

  /** How many characters a frame may have when this many spectators read it. */
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

/** Cuts the events to about `chars` characters. States and counts stay; of every long list the same share stays. */
export function fitInto(events: readonly FeedEvent[], chars: number): FeedEvent[] {
  const lengths = events.map((event) => JSON.stringify(event).length);
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  if (whole <= chars) return [...events];
  // The parts that can't be cut are counted first. The lists share what is left.
  const bare = events.map((event) => JSON.stringify(cut(event, 0)).length);
  const fixed = bare.reduce((sum, length) => sum + length, 0);
  const share = Math.max(0, chars - fixed) / Math.max(1, whole - fixed);
  return events.map((event) => cut(event, share));
}

function cut(event: FeedEvent, share: number): FeedEvent {
  const first = <T>(items: readonly T[]): T[] => items.slice(0, Math.max(ITEMS_MIN, Math.floor(items.length * share)));
  switch (event.type) {
    case "progress": {
      // A part of the agents that have decided would look like all of them, so none is sent.
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
      throw new Error(`unknown event of the feed: ${JSON.stringify(never)}`);
    }
  }
}
