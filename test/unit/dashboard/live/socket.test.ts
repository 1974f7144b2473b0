import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FeedEvent } from "../../../../src/api/feed.ts";
import { FeedSocket } from "../../../../src/dashboard/live/socket.ts";
import type { Connection } from "../../../../src/dashboard/parts/connection-badge.tsx";
import { FakeSocket, fakeNetwork, lastSocket, priceAt } from "../fake-network.ts";

const browser = fakeNetwork();
const open: FeedSocket[] = [];
// The waits between two attempts are drawn by chance. Here none of them ends in the moment that a test looks at.
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
  vi.restoreAllMocks();
});

function watch() {
  const heard: FeedEvent[] = [];
  const states: Connection[] = [];
  const told = { resets: 0 };
  const socket = new FeedSocket("t", {
    onEvents: (events) => heard.push(...events),
    onReset: () => {
      told.resets += 1;
    },
    onState: (state) => states.push(state),
    onClock: () => {},
  });
  open.push(socket);
  const prices = () =>
    heard.map((event) => (event.type === "prices" ? Number(event.prices["BTC-USDT"]?.price) : Number.NaN));
  return { socket, states, told, prices };
}

/** Many attempts failed: the next one is seconds away. */
async function failForAMinute(): Promise<void> {
  FakeSocket.dead = true;
  lastSocket().break();
  await vi.advanceTimersByTimeAsync(60_000);
  FakeSocket.dead = false;
}

test("when the network is back, the socket connects once, at once, with its token", async () => {
  const { states } = watch();
  lastSocket().welcome(7, false);
  await failForAMinute();
  // In the middle of a wait, so that the wait's end can't be the cause.
  lastSocket().break();
  const tries = FakeSocket.all.length;
  await vi.advanceTimersByTimeAsync(100);
  expect(FakeSocket.all.length).toBe(tries);
  browser.dispatchEvent(new Event("online"));
  expect(FakeSocket.all.length).toBe(tries + 1);
  expect(lastSocket().resumes).toBe("log.7");
  lastSocket().welcome(7, true);
  expect(states.at(-1)).toBe("live");
  await vi.advanceTimersByTimeAsync(15_000);
  expect(FakeSocket.all.length, "the wait that was under way is over").toBe(tries + 1);
});

test("when the network goes, the connection counts as lost at once, though the browser leaves it open", () => {
  const { states } = watch();
  lastSocket().welcome(1, false);
  const before = lastSocket();
  browser.dispatchEvent(new Event("offline"));
  expect(states.at(-1)).toBe("reconnecting");
  browser.dispatchEvent(new Event("online"));
  expect(lastSocket()).not.toBe(before);
  expect(lastSocket().resumes).toBe("log.1");
});

test("frames of the old connection are ignored beside the new one", () => {
  const { prices } = watch();
  const old = lastSocket();
  old.welcome(1, false);
  browser.dispatchEvent(new Event("offline"));
  browser.dispatchEvent(new Event("online"));
  lastSocket().welcome(1, true);
  lastSocket().step(2, priceAt(2));
  old.step(3, priceAt(30));
  old.break();
  lastSocket().step(3, priceAt(3));
  expect(prices()).toEqual([2, 3]);
  expect(FakeSocket.all.length).toBe(2);
});

test("when the page is online or visible again, an open connection is pinged, and replaced if it is dead", async () => {
  watch();
  lastSocket().welcome(1, false);
  browser.dispatchEvent(new Event("online"));
  expect(lastSocket().sent).toEqual(["ping"]);
  lastSocket().hear("pong");
  await vi.advanceTimersByTimeAsync(9_000);
  expect(FakeSocket.all.length).toBe(1);
  document.dispatchEvent(new Event("visibilitychange"));
  expect(lastSocket().sent).toEqual(["ping", "ping"]);
  await vi.advanceTimersByTimeAsync(8_000 + 600);
  expect(FakeSocket.all.length).toBe(2);
});

test("a resumed socket gets missed events once, in order; after a gap it resumes at the last token", () => {
  const { prices, told } = watch();
  lastSocket().welcome(1, false);
  lastSocket().step(2, priceAt(2));
  lastSocket().step(4, priceAt(4));
  expect(prices(), "what lies behind a gap waits").toEqual([2]);
  lastSocket().break();
  browser.dispatchEvent(new Event("online"));
  expect(lastSocket().resumes).toBe("log.2");
  lastSocket().welcome(2, true);
  lastSocket().step(3, priceAt(3));
  lastSocket().step(4, priceAt(4));
  expect(prices()).toEqual([2, 3, 4]);
  expect(told.resets).toBe(0);
});

test("with a token that is too old, everything is read again once, and the new token is used from then on", () => {
  const { prices, told, states } = watch();
  lastSocket().welcome(1, false, priceAt(1));
  lastSocket().break();
  browser.dispatchEvent(new Event("online"));
  lastSocket().reset();
  expect(told.resets).toBe(1);
  lastSocket().welcome(90, false, priceAt(90));
  lastSocket().step(91, priceAt(91));
  expect(told.resets).toBe(1);
  expect(prices()).toEqual([1, 90, 91]);
  expect(states).toEqual(["live", "reconnecting", "live"]);
  lastSocket().break();
  browser.dispatchEvent(new Event("online"));
  expect(lastSocket().resumes).toBe("log.91");
});

test("a break between reset and welcome has everything read once more: events of that moment are in neither", () => {
  const { told } = watch();
  lastSocket().welcome(1, false);
  lastSocket().break();
  browser.dispatchEvent(new Event("online"));
  lastSocket().reset();
  lastSocket().break();
  browser.dispatchEvent(new Event("online"));
  expect(lastSocket().resumes).toBeNull();
  lastSocket().welcome(95, false);
  expect(told.resets).toBe(2);
});

test("the feed is stale after ten seconds without a connection, and not before", async () => {
  const { states } = watch();
  lastSocket().welcome(1, false);
  FakeSocket.dead = true;
  lastSocket().break();
  await vi.advanceTimersByTimeAsync(9_900);
  expect(FakeSocket.all.length, "several attempts have failed").toBeGreaterThan(3);
  expect(new Set(states.slice(1))).toEqual(new Set(["reconnecting"]));
  await vi.advanceTimersByTimeAsync(200);
  expect(states.at(-1)).toBe("stale");
  FakeSocket.dead = false;
  browser.dispatchEvent(new Event("online"));
  lastSocket().welcome(1, true);
  expect(states.at(-1)).toBe("live");
});

test("a closed socket never opens again", async () => {
  const { socket } = watch();
  lastSocket().welcome(1, false);
  // In the middle of the wait for the next attempt.
  lastSocket().break();
  socket.close();
  for (const event of ["offline", "online"]) browser.dispatchEvent(new Event(event));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakeSocket.all.length).toBe(1);
});
