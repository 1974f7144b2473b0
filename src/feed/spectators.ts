/**
 * The spectators of an Arena. Each step reads once what is new, makes one text of it and sends the text to all. While nobody
 * watches, nothing is read. Sockets hibernate: an idle object leaves memory, and the platform keeps its sockets open.
 */
import { type FeedEvent, type FeedFrame, FULL_HEADER } from "../api/feed.ts";
import { isReplay } from "../core/phases.ts";
import { describeError } from "../log.ts";
import type { RoundPorts } from "../rounds/ports.ts";
import { type FeedNews, readNews } from "./events.ts";
import { FeedBudget, fitInto } from "./fit.ts";
import { FeedLog } from "./log.ts";

/** The time between two steps in milliseconds, and what each spectator adds to it. A replay runs faster than anybody reads. */
const LIVE = { gapMs: 200, eachMs: 0.5 } as const;
const REPLAY = { gapMs: 500, eachMs: 2 } as const;
const AGAIN_MS = 1000;
/** While somebody watches, standings and prices are looked for this often, because no wake announces them. */
export const LOOK_MS = 30_000;
/** The platform allows about 32,000 sockets an object, and each step is sent to each of them. */
const SPECTATORS_MAX = 5000;
/** Spectators from one address, where the address is known: one who opens many sockets takes no place from others. */
const ADDRESS_MAX = 100;

type Place = { readonly events: readonly FeedEvent[]; readonly market: FeedNews["market"] };

export class Feed {
  readonly #ctx: DurableObjectState;
  readonly #ports: () => Pick<RoundPorts, "query" | "log" | "now" | "newId">;
  readonly #log: FeedLog;
  readonly #budget = new FeedBudget();
  /** The present state. Null before the first look since the object came into memory, and while nobody watches. */
  #present: Place | null = null;
  #step: Promise<boolean> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #steppedAt = 0;

  constructor(ctx: DurableObjectState, ports: () => Pick<RoundPorts, "query" | "log" | "now" | "newId">) {
    this.#ctx = ctx;
    this.#ports = ports;
    this.#log = new FeedLog(ctx.storage);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** The isolate's clock, epoch milliseconds. */
  #now(): number {
    return this.#ports().now();
  }

  get isWatched(): boolean {
    return this.#ctx.getWebSockets().length > 0;
  }

  /** Has the feed look for news soon. Returns at once, because a round does not wait for its spectators. */
  wake(tournamentId: string): void {
    if (!this.isWatched) {
      this.#present = null;
      return;
    }
    if (this.#timer === null) this.#later(tournamentId, this.#steppedAt + this.#gapMs() - this.#now());
  }

  #gapMs(): number {
    const { gapMs, eachMs } = isReplay(this.#present?.market ?? "") ? REPLAY : LIVE;
    return Math.max(gapMs, eachMs * this.#ctx.getWebSockets().length);
  }

  #later(tournamentId: string, afterMs: number): void {
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#look(tournamentId).catch((error: unknown) => {
          this.#ports().log({ event: "fault", where: "feed.step", ...describeError(error) });
          if (this.isWatched && this.#timer === null) this.#later(tournamentId, AGAIN_MS);
        });
      },
      Math.max(0, afterMs),
    );
  }

  /** Runs one look at a time. A call during a look gets one that begins afterwards. False: there is no such tournament. */
  async #look(tournamentId: string): Promise<boolean> {
    while (this.#step) await this.#step.catch(() => false);
    this.#step = this.#announce(tournamentId);
    try {
      return await this.#step;
    } finally {
      this.#step = null;
    }
  }

  async #announce(tournamentId: string): Promise<boolean> {
    this.#steppedAt = this.#now();
    const { query } = this.#ports();
    const since = this.#log.cursor;
    const read = await readNews(query, tournamentId, since);
    const news = read === "too_far" ? await readNews(query, tournamentId, null) : read;
    if (news === null || news === "too_far") return false;
    // No await from here on, so that every stored frame is sent and every sent frame is stored.
    this.#present = { events: news.present, market: news.market };
    if (since === null || read === "too_far") {
      this.#log.begin(this.#ports().newId(), news.cursor);
      if (read === "too_far") {
        this.#broadcast(text({ type: "reset", reason: "too_old" }));
        this.#broadcast(this.#welcome(false, this.#log.seq, news.present));
      }
      return true;
    }
    if (news.events.length === 0) {
      this.#log.move(news.cursor);
      return true;
    }
    const now = this.#now();
    const at = new Date(now).toISOString();
    const spectators = this.#ctx.getWebSockets().length;
    const events = fitInto(news.events, this.#budget.allowance(now, spectators));
    const frame = this.#log.append(news.cursor, (seq, token) => text({ type: "step", seq, token, at, events }));
    this.#broadcast(frame);
    this.#budget.spend(frame.length, spectators);
    return true;
  }

  #broadcast(frame: string): void {
    for (const socket of this.#ctx.getWebSockets()) send(socket, frame);
  }

  #welcome(resumed: boolean, seq: number, events: readonly FeedEvent[]): string {
    const token = this.#log.tokenAt(seq);
    const at = new Date(this.#now()).toISOString();
    const spectators = this.#ctx.getWebSockets().length;
    return text({ type: "welcome", seq, token, at, resumed, spectators, events: [...events] });
  }

  #full(address: string | null): Response | null {
    const all = this.#ctx.getWebSockets().length >= SPECTATORS_MAX;
    const own = address !== null && this.#ctx.getWebSockets(address).length >= ADDRESS_MAX;
    if (!all && !own) return null;
    return new Response(null, { status: 429, headers: { [FULL_HEADER]: own ? "address" : "tournament" } });
  }

  /** Accepts a spectator, or answers 404 or 429. While others watch, the feed is up to date, so joining needs no look. */
  async join(tournamentId: string, resume: string | null, address: string | null): Promise<Response> {
    const early = this.#full(address);
    if (early) return early;
    if ((this.#present === null || !this.isWatched) && !(await this.#look(tournamentId)))
      return new Response(null, { status: 404 });
    // Others may have come while it looked; from here on nothing waits.
    const late = this.#full(address);
    if (late) return late;
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server, address === null ? [] : [address]);
    const resumed = resume === null ? null : this.#log.since(resume);
    if (resumed !== null && typeof resumed === "object") {
      send(server, this.#welcome(true, resumed.seq, []));
      for (const frame of resumed.frames) send(server, frame);
    } else {
      if (resumed !== null) send(server, text({ type: "reset", reason: resumed }));
      send(server, this.#welcome(false, this.#log.seq, this.#present?.events ?? []));
    }
    return new Response(null, { status: 101, webSocket: client });
  }
}

function text(frame: FeedFrame): string {
  return JSON.stringify(frame);
}

/** Sends a frame. An error of a closing socket must not stop the sending to the others. */
function send(socket: WebSocket, frame: string): void {
  try {
    socket.send(frame);
  } catch {
    // The socket is closed or about to be; the Arena gets its close event.
  }
}
