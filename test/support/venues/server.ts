/**
 * A local server that answers as a venue does, in its real shape, and misbehaves by script. Its clock and its market are the
 * test's.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { VenueName } from "../../../src/core/venue-names.ts";
import { playBinance } from "./binance.ts";
import { playCoinbase } from "./coinbase.ts";
import { playKraken } from "./kraken.ts";
import { PlayedMarket } from "./market.ts";

export interface PlayedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, anything else as JSON. */
  readonly body: unknown;
  readonly gzip?: boolean;
}

/** What happens in place of the right answer. `right` computes the right one. */
export type Trick =
  | ((url: URL, right: () => PlayedAnswer) => PlayedAnswer | null)
  /** Sends the headers, and the body a byte at a time, or never. */
  | "drip"
  | "headers"
  /** Closes the connection without an answer. */
  | "hang-up";

export interface PlayedPair {
  readonly symbol: string;
  readonly id: string;
  /** Members of the list's row, over the usual ones. */
  readonly row?: Readonly<Record<string, unknown>>;
}

export type Play = (url: URL, market: PlayedMarket, pairs: readonly PlayedPair[]) => PlayedAnswer;

const plays: Readonly<Record<VenueName, Play>> = { coinbase: playCoinbase, kraken: playKraken, binance: playBinance };

export const html = (status: number): PlayedAnswer => ({
  status,
  headers: { "content-type": "text/html; charset=UTF-8" },
  body: "<!DOCTYPE html><html><head><title>Just a moment</title></head><body></body></html>",
});

export interface PlayedVenue {
  readonly url: string;
  readonly market: PlayedMarket;
  /** All calls, oldest first: path with query, and the time by the venue's clock. */
  readonly calls: { readonly path: string; readonly at: number; readonly userAgent: string | undefined }[];
  pairs: PlayedPair[];
  /** Plays a trick on calls whose path matches, so many times. */
  trick(path: RegExp, trick: Trick, times?: number): void;
  /** Calls whose path matches. */
  count(path: RegExp): number;
  /** Forgets tricks. */
  behave(): void;
  close(): Promise<void>;
}

export async function playVenue(name: VenueName, now: () => number, pairs: PlayedPair[]): Promise<PlayedVenue> {
  const market = new PlayedMarket(now);
  const calls: PlayedVenue["calls"] = [];
  let tricks: { path: RegExp; trick: Trick; left: number }[] = [];
  const timers = new Set<ReturnType<typeof setInterval>>();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://venue.test");
    calls.push({ path: request.url ?? "/", at: market.now(), userAgent: request.headers["user-agent"] });
    const right = () => plays[name](url, market, venue.pairs);
    const found = tricks.find(({ path, left }) => left > 0 && path.test(request.url ?? ""));
    if (found) found.left -= 1;
    const trick = found?.trick;
    if (trick === "hang-up") return void request.socket.destroy();
    if (trick === "headers" || trick === "drip") {
      response.writeHead(200, { "content-type": "application/json" });
      response.flushHeaders();
      if (trick === "headers") return;
      const timer = setInterval(() => response.write(" "), 5);
      timers.add(timer);
      response.on("close", () => clearInterval(timer));
      return;
    }
    const answer = (trick ? trick(url, right) : null) ?? right();
    const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
    const headers = {
      "content-type": "application/json",
      ...answer.headers,
      ...(answer.gzip ? { "content-encoding": "gzip" } : {}),
    };
    response.writeHead(answer.status ?? 200, headers);
    response.end(answer.gzip ? gzipSync(text) : text);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const venue: PlayedVenue = {
    url: `http://127.0.0.1:${port}`,
    market,
    calls,
    pairs,
    trick: (path, trick, times = Number.POSITIVE_INFINITY) => void tricks.push({ path, trick, left: times }),
    count: (path) => calls.filter((call) => path.test(call.path)).length,
    behave: () => {
      tricks = [];
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return venue;
}
