/**
 * One open feed a tournament, however many components watch it. Events go to the query cache. Recent events are kept as well:
 * they bring an answer up to date that was read while they arrived.
 */
import { useEffect, useSyncExternalStore } from "react";
import type { FeedEvent } from "../../api/feed.ts";
import { queryClient } from "../api/session.ts";
import type { Connection } from "../parts/connection-badge.tsx";
import { setSkew } from "../parts/text/time.tsx";
import { FeedSocket } from "./socket.ts";

const RECENT_KEPT = 400;
/** The socket stays open for so long after the last component has left. */
const LINGER_MS = 3_000;
/** How long reads wait for the feed to begin. An event between a read and the feed's start would be in neither. */
const WELCOME_MS = 1_500;

type Apply = (tournamentId: string, events: readonly FeedEvent[]) => void;

class Feed {
  readonly #id: string;
  readonly #apply: Apply;
  readonly #listeners = new Set<() => void>();
  #socket: FeedSocket | null = null;
  #closing: ReturnType<typeof setTimeout> | null = null;
  #state: Connection = "connecting";
  #recent: FeedEvent[] = [];
  #received = 0;
  /** How often the events turned out to have a gap. */
  #resets = 0;
  /** Pending until the socket has reported a state. */
  #begun: Promise<void> | null = null;
  #welcomed = false;
  /** Something was read before the feed had begun. */
  #readEarly = false;
  lastEventAt: number | null = null;

  constructor(id: string, apply: Apply) {
    this.#id = id;
    this.#apply = apply;
  }

  /** Reads an answer, and applies the events that arrived meanwhile. Earlier events are in the answer. */
  async read<T>(load: () => Promise<T>, apply: (data: T, event: FeedEvent) => T): Promise<T> {
    // A query begins before the component around it opens the feed. One turn later the feed is open.
    await Promise.resolve();
    await this.#begun;
    for (;;) {
      const [before, resets] = [this.#received, this.#resets];
      if (this.#socket !== null && !this.#welcomed) this.#readEarly = true;
      const data = await load();
      const missed = this.#received - before;
      // After a gap, or more events than are kept, the answer may lack events that are lost: it is read again.
      if (resets !== this.#resets || missed > this.#recent.length) continue;
      return missed === 0 ? data : this.#recent.slice(-missed).reduce(apply, data);
    }
  }

  /** What recent events alone say. */
  async fromRecent<T>(data: T, apply: (data: T, event: FeedEvent) => T): Promise<T> {
    // The welcome comes behind its reset in the same turn.
    await Promise.resolve();
    return this.#recent.reduce(apply, data);
  }

  readonly state = (): Connection => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#closing !== null) clearTimeout(this.#closing);
    this.#closing = null;
    this.#socket ??= this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#closing = setTimeout(() => this.#close(), LINGER_MS);
    };
  };

  #open(): FeedSocket {
    let begin = () => {};
    this.#begun = new Promise((done) => {
      begin = done;
      setTimeout(done, WELCOME_MS);
    });
    return new FeedSocket(this.#id, {
      onClock: setSkew,
      onState: (state) => {
        this.#state = state;
        if (state === "live" && !this.#welcomed) {
          this.#welcomed = true;
          if (this.#readEarly) this.#reset();
        }
        begin();
        this.#notify();
      },
      onReset: () => this.#reset(),
      onEvents: (events) => {
        this.lastEventAt = Date.now();
        this.#received += events.length;
        this.#recent = [...this.#recent, ...events].slice(-RECENT_KEPT);
        this.#apply(this.#id, events);
      },
    });
  }

  #reset(): void {
    this.#resets += 1;
    this.#recent = [];
    void queryClient.invalidateQueries({ queryKey: ["t", this.#id] });
  }

  /** Without a socket the cached data gets old. It is dropped, and read again when a page comes back. */
  #close(): void {
    this.#socket?.close();
    this.#socket = null;
    this.#begun = null;
    this.#welcomed = false;
    this.#readEarly = false;
    this.#state = "connecting";
    this.#recent = [];
    queryClient.removeQueries({ queryKey: ["t", this.#id], type: "inactive" });
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

const feeds = new Map<string, Feed>();
let applyEvents: Apply = () => {};

/** Set once, by the module that knows the queries. */
export function setApply(apply: Apply): void {
  applyEvents = apply;
}

export function feedOf(id: string): Feed {
  const known = feeds.get(id);
  if (known) return known;
  const made = new Feed(id, (tournamentId, events) => applyEvents(tournamentId, events));
  feeds.set(id, made);
  return made;
}

const never = () => () => {};

/** Keeps the feed open while the component is mounted. `over`: the tournament has ended, so the feed stays closed. */
export function useFeed(id: string, over: boolean): Connection {
  const feed = feedOf(id);
  const state = useSyncExternalStore(over ? never : feed.subscribe, feed.state);
  useEffect(() => {
    if (!over) return;
    // The last events (the end itself) may tell only a part: the final state is read once more.
    if (feed.lastEventAt !== null) void queryClient.invalidateQueries({ queryKey: ["t", id] });
    feed.lastEventAt = null;
  }, [over, feed, id]);
  return over ? "ended" : state;
}
