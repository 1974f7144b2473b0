/** The browser's side of the feed, as far as the socket uses it: connections that a test opens, feeds and breaks. */
import { afterEach, beforeEach, vi } from "vitest";
import type { FeedEvent, FeedFrame } from "../../../src/api/feed.ts";

const START = Date.UTC(2026, 0, 1);

export class FakeSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 3;
  static all: FakeSocket[] = [];
  /** No server answers. */
  static dead = false;

  readyState = FakeSocket.CONNECTING;
  readonly url: string;
  readonly sent: string[] = [];
  onmessage: (event: { data: string }) => void = () => {};
  onclose: () => void = () => {};

  constructor(url: string) {
    this.url = url;
    FakeSocket.all.push(this);
    if (FakeSocket.dead) setTimeout(() => this.break(), 1);
  }

  /** The token that the connection resumes at; null for the beginning. */
  get resumes(): string | null {
    return new URL(this.url).searchParams.get("resume");
  }

  send(text: string): void {
    this.sent.push(text);
  }

  /** A closing handshake needs a network: without an answer it stays half closed. */
  close(): void {
    this.readyState = 2;
  }

  /** The connection breaks, and the browser reports it. */
  break(): void {
    if (this.readyState === FakeSocket.CLOSED) return;
    this.readyState = FakeSocket.CLOSED;
    this.onclose();
  }

  hear(frame: FeedFrame | "pong"): void {
    if (this.readyState === FakeSocket.CONNECTING) this.readyState = FakeSocket.OPEN;
    this.onmessage({ data: frame === "pong" ? frame : JSON.stringify(frame) });
  }

  welcome(seq: number, resumed: boolean, ...events: FeedEvent[]): void {
    this.hear({ type: "welcome", ...place(seq), resumed, spectators: 1, events });
  }

  step(seq: number, ...events: FeedEvent[]): void {
    this.hear({ type: "step", ...place(seq), events });
  }

  reset(): void {
    this.hear({ type: "reset", reason: "too_old" });
  }
}

const place = (seq: number) => ({ seq, token: `log.${seq}`, at: new Date(START).toISOString() });

export const lastSocket = (): FakeSocket => {
  const socket = FakeSocket.all.at(-1);
  if (!socket) throw new Error("nothing was connected");
  return socket;
};

/** A browser for one test. Its time stands still until the test moves it. */
export function fakeNetwork(): EventTarget {
  const browser = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  beforeEach(() => {
    vi.useFakeTimers({ now: START });
    FakeSocket.all = [];
    FakeSocket.dead = false;
    vi.stubGlobal("WebSocket", FakeSocket);
    vi.stubGlobal("location", { protocol: "https:", host: "arena.test" });
    vi.stubGlobal("document", document);
    vi.stubGlobal("addEventListener", browser.addEventListener.bind(browser));
    vi.stubGlobal("removeEventListener", browser.removeEventListener.bind(browser));
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
  return browser;
}

/** An event with a price, as an example of any event. */
export function priceAt(n: number): FeedEvent {
  const at = new Date(START + n * 1000).toISOString();
  return { type: "prices", prices: { "BTC-USDT": { price: String(n), at } } };
}
