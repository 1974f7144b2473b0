/**
 * The Arena's spectators. What is new is read once a step, whoever and however many watch, made one text, and sent to
 * all; nobody watching, nothing is read. Sockets hibernate: an object without work leaves memory and keeps them.
 */
import type { FeedEvent, FeedFrame } from "../src/core/feed.ts";
import { type FeedNews, readNews } from "../src/http/feed-events.ts";
import { FeedBudget, fitInto } from "../src/http/feed-fit.ts";
import { describeError } from "../src/log.ts";
import type { RoundPorts } from "../src/rounds/ports.ts";
import { FeedLog } from "./feed-log.ts";

/** Between two steps: a replay passes rounds faster than anybody reads them. More with many to tell. Milliseconds. */
const GAP_MS = { synthetic: 200, replay: 500 } as const;
const GAP_MS_EACH = { synthetic: 0.5, replay: 2 } as const;
const AGAIN_MS = 1000;
/** While somebody watches, what no hint tells of (standings, prices) is looked for this often. */
export const LOOK_MS = 30_000;
/** The platform takes some 32,000 sockets an object. */
const SPECTATORS_MAX = 10_000;

type Place = { readonly events: readonly FeedEvent[]; readonly market: FeedNews["market"] };

export class Feed {
  readonly #ctx: DurableObjectState;
  readonly #ports: () => Pick<RoundPorts, "query" | "log">;
  readonly #log: FeedLog;
  readonly #budget = new FeedBudget();
  /** How things stand; null while nobody has looked since the object came into memory, or while nobody watches. */
  #present: Place | null = null;
  #step: Promise<boolean> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #steppedAt = 0;

  constructor(ctx: DurableObjectState, ports: () => Pick<RoundPorts, "query" | "log">) {
    this.#ctx = ctx;
    this.#ports = ports;
    this.#log = new FeedLog(ctx.storage);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  get isWatched(): boolean {
    return this.#ctx.getWebSockets().length > 0;
  }

  /** Something may be new. Returns at once: a round doesn't wait for its spectators. */
  nudge(tournamentId: string): void {
    if (!this.isWatched) {
      this.#present = null;
      return;
    }
    if (this.#timer === null) this.#later(tournamentId, this.#steppedAt + this.#gapMs() - Date.now());
  }

  #gapMs(): number {
    const market = this.#present?.market ?? "synthetic";
    return Math.max(GAP_MS[market], GAP_MS_EACH[market] * this.#ctx.getWebSockets().length);
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

  /** One look at a time; who asks while one runs gets a look that begins after it. False: no such tournament. */
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
    this.#steppedAt = Date.now();
    const { query } = this.#ports();
    const since = this.#log.cursor;
    const read = await readNews(query, tournamentId, since);
    const news = read === "too_far" ? await readNews(query, tournamentId, null) : read;
    if (news === null || news === "too_far") return false;
    // From here on nothing waits: what is kept is sent, and what is sent is kept.
    this.#present = { events: news.present, market: news.market };
    if (since === null || read === "too_far") {
      this.#log.begin(crypto.randomUUID(), news.cursor);
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
    const now = Date.now();
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
    const at = new Date(Date.now()).toISOString();
    const spectators = this.#ctx.getWebSockets().length;
    return text({ type: "welcome", seq, token, at, resumed, spectators, events: [...events] });
  }

  /** Accepts a spectator, or answers 404 or 503. While others watch the feed is up to date already, and one more costs no look. */
  async join(tournamentId: string, resume: string | null): Promise<Response> {
    if (this.#ctx.getWebSockets().length >= SPECTATORS_MAX) return new Response(null, { status: 503 });
    if ((this.#present === null || !this.isWatched) && !(await this.#look(tournamentId)))
      return new Response(null, { status: 404 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server);
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

/** A socket that is closing is no fault of the others. */
function send(socket: WebSocket, frame: string): void {
  try {
    socket.send(frame);
  } catch {
    // It is gone, or about to be: its close comes to the Arena by itself.
  }
}
