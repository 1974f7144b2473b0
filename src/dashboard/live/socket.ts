/**
 * The socket of one tournament's feed. After a break it opens again with the token of the last frame, so that no event is
 * missed. It knows nothing of pages.
 */
import type { FeedEvent } from "../../api/feed.ts";
import type { Connection } from "../parts/connection-badge.tsx";
import { parseFrame } from "./frame.ts";

export interface FeedListener {
  /** Events in the order in which they happened. */
  readonly onEvents: (events: readonly FeedEvent[]) => void;
  /** The page's data is out of date and must be read again. */
  readonly onReset: () => void;
  readonly onState: (state: Connection) => void;
  /** The server's clock at this moment, epoch ms. */
  readonly onClock: (now: number) => void;
}

const PING_MS = 20_000;
/** Without an answer to a ping for so long, the connection counts as dead, whatever the browser says. */
const PONG_MS = 8_000;
const BACKOFF_MS = { first: 400, most: 8_000 };
/** Without a connection for so long, the page counts as stale. */
const STALE_MS = 10_000;
const UNKNOWN_FRAME_MS = 30_000;

type Timer = ReturnType<typeof setTimeout>;

export class FeedSocket {
  readonly #tournamentId: string;
  readonly #listener: FeedListener;
  #socket: WebSocket | null = null;
  #token: string | null = null;
  #seq = 0;
  #attempts = 0;
  #welcomed = false;
  /** The socket that has sent a reset frame. The welcome that follows is no second reset. */
  #resetBy: WebSocket | null = null;
  #isStale = false;
  #unknownAt = 0;
  #ended = false;
  #retry: Timer | null = null;
  #ping: Timer | null = null;
  #stale: Timer | null = null;
  readonly #wake = () => this.#soon();
  readonly #offline = () => this.#drop();

  constructor(tournamentId: string, listener: FeedListener) {
    this.#tournamentId = tournamentId;
    this.#listener = listener;
    addEventListener("online", this.#wake);
    addEventListener("offline", this.#offline);
    document.addEventListener("visibilitychange", this.#wake);
    this.#open();
  }

  close(): void {
    this.#ended = true;
    removeEventListener("online", this.#wake);
    removeEventListener("offline", this.#offline);
    document.removeEventListener("visibilitychange", this.#wake);
    for (const timer of [this.#retry, this.#ping, this.#stale]) if (timer !== null) clearTimeout(timer);
    this.#socket?.close(1000);
  }

  #open(): void {
    const resume = this.#token === null ? "" : `?resume=${encodeURIComponent(this.#token)}`;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/tournaments/${this.#tournamentId}/feed${resume}`);
    this.#socket = socket;
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#receive(String(event.data));
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost();
    };
    this.#keepAlive();
  }

  #receive(text: string): void {
    this.#keepAlive();
    if (text === "pong") return;
    const frame = parseFrame(text);
    if (frame === null) {
      this.#unknownFrame();
      return;
    }
    if (frame.type === "reset") {
      this.#token = null;
      this.#resetBy = this.#socket;
      this.#listener.onReset();
      return;
    }
    if (frame.type === "step" && frame.seq !== this.#seq + 1) {
      // Frames are missing. The next socket resumes at the last token and gets them.
      this.#socket?.close(4000);
      return;
    }
    const again = this.#welcomed && frame.type === "welcome" && !frame.resumed && this.#resetBy !== this.#socket;
    this.#seq = frame.seq;
    this.#token = frame.token;
    this.#listener.onClock(Date.parse(frame.at));
    if (frame.type === "welcome") this.#welcome();
    if (again) this.#listener.onReset();
    this.#resetBy = null;
    this.#listener.onEvents(frame.events);
  }

  /** A frame of a newer server, which this page does not understand. From time to time the page reads by REST instead. */
  #unknownFrame(): void {
    if (Date.now() - this.#unknownAt < UNKNOWN_FRAME_MS) return;
    this.#unknownAt = Date.now();
    this.#listener.onReset();
  }

  #welcome(): void {
    this.#attempts = 0;
    this.#welcomed = true;
    if (this.#stale !== null) clearTimeout(this.#stale);
    this.#stale = null;
    this.#isStale = false;
    this.#listener.onState("live");
  }

  #lost(): void {
    if (this.#ended) return;
    if (this.#ping !== null) clearTimeout(this.#ping);
    this.#listener.onState(this.#isStale ? "stale" : this.#welcomed ? "reconnecting" : "connecting");
    this.#stale ??= setTimeout(() => {
      this.#isStale = true;
      this.#listener.onState("stale");
    }, STALE_MS);
    const wait = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** this.#attempts++);
    // Spread, so that a thousand spectators don't come back at the same moment.
    this.#retry = setTimeout(() => this.#open(), wait * (0.5 + Math.random()));
  }

  /** Tries at once: the network is back, or the page is looked at again. */
  #soon(): void {
    if (this.#ended || document.visibilityState === "hidden") return;
    if (this.#socket?.readyState === WebSocket.OPEN) {
      // The connection may have died while the page was hidden.
      this.#probe();
      return;
    }
    if (this.#socket !== null && this.#socket.readyState !== WebSocket.CLOSED) return;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#attempts = 0;
    this.#open();
  }

  /** The network is gone. Browsers would leave the dead connection open for minutes. */
  #drop(): void {
    const socket = this.#socket;
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    socket.close(4001);
    // On a dead network `onclose` never comes.
    this.#socket = null;
    this.#lost();
  }

  #keepAlive(): void {
    if (this.#ping !== null) clearTimeout(this.#ping);
    this.#ping = setTimeout(() => this.#probe(), PING_MS);
  }

  #probe(): void {
    if (this.#ping !== null) clearTimeout(this.#ping);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send("ping");
    this.#ping = setTimeout(() => this.#drop(), PONG_MS);
  }
}
