/**
 * One open feed a tournament, however many components watch it. Events go to the query cache; the recent ones are kept as well,
 * so that an answer that was on its way meanwhile is brought up to date when it arrives.
 */
import { useEffect, useSyncExternalStore } from "react";
import type { FeedEvent } from "../../core/feed.ts";
import { queryClient } from "../api/session.ts";
import type { Connection } from "../parts/connection-badge.tsx";
import { setSkew } from "../parts/time.tsx";
import { FeedSocket } from "./socket.ts";

const RECENT_KEPT = 400;
/** A page that comes back soon finds its socket open still. */
const LINGER_MS = 3_000;
/** For so long an answer waits for the feed to have begun: what happens between the two would be in neither. */
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
  #heard = 0;
  /** How often what was held turned out to have a gap. */
  #resets = 0;
  /** Pending until the socket said anything of itself. */
  #begun: Promise<void> | null = null;
  #welcomed = false;
  /** Something was read without the feed, which was late. */
  #readEarly = false;
  lastHeardAt: number | null = null;

  constructor(id: string, apply: Apply) {
    this.#id = id;
    this.#apply = apply;
  }

  /** An answer, brought up to date by what was heard while it was read: what came before is in it. */
  async read<T>(load: () => Promise<T>, apply: (data: T, event: FeedEvent) => T): Promise<T> {
    // Queries begin before the component around them opens the feed: by the next turn it has.
    await Promise.resolve();
    await this.#begun;
    for (;;) {
      const [before, resets] = [this.#heard, this.#resets];
      if (this.#socket !== null && !this.#welcomed) this.#readEarly = true;
      const data = await load();
      const missed = this.#heard - before;
      // There was a gap meanwhile, or more than is kept: the answer may lack what nobody tells any more.
      if (resets !== this.#resets || missed > this.#recent.length) continue;
      return missed === 0 ? data : this.#recent.slice(-missed).reduce(apply, data);
    }
  }

  /** What can be told from recent events alone. */
  async told<T>(data: T, apply: (data: T, event: FeedEvent) => T): Promise<T> {
    // A welcome that brings a reset is heard in the same turn, behind it.
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
        this.#tell();
      },
      onReset: () => this.#reset(),
      onEvents: (events) => {
        this.lastHeardAt = Date.now();
        this.#heard += events.length;
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

  /** What was held without a socket can't be trusted to be new: it is read again when somebody comes back. */
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

  #tell(): void {
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

/** Opens the feed while the component stands. `over`: nothing happens any more, so nothing is listened to. */
export function useFeed(id: string, over: boolean): Connection {
  const feed = feedOf(id);
  const state = useSyncExternalStore(over ? never : feed.subscribe, feed.state);
  useEffect(() => {
    if (!over) return;
    // What was heard last (the end itself) may be only half of it: the final state is read once more.
    if (feed.lastHeardAt !== null) void queryClient.invalidateQueries({ queryKey: ["t", id] });
    feed.lastHeardAt = null;
  }, [over, feed, id]);
  return over ? "ended" : state;
}
