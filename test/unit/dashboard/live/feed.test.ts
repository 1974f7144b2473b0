/** Answers and the feed together: every event is in one of them, whichever comes first. */
import { QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import type { FeedEvent } from "../../../../src/api/feed.ts";
import { queryClient } from "../../../../src/dashboard/api/session.ts";
import { feedOf } from "../../../../src/dashboard/live/feed.ts";
import { fakeNetwork, lastSocket, priceAt } from "../fake-network.ts";

fakeNetwork();

let feeds = 0;
const leave: (() => void)[] = [];
afterEach(async () => {
  for (const away of leave.splice(0)) away();
  await vi.runAllTimersAsync();
  vi.restoreAllMocks();
});

/** A feed with a component that uses it. */
function watched() {
  const feed = feedOf(`t${feeds++}`);
  leave.push(feed.subscribe(() => {}));
  return feed;
}

/** The page's data in these tests: every price that arrived, in order. */
type Held = readonly number[];
const toHeld = (held: Held, event: FeedEvent): Held => {
  const price = event.type === "prices" ? Number(event.prices["BTC-USDT"]?.price) : Number.NaN;
  return held.includes(price) ? held : [...held, price];
};

/** Answers that a test gives when it wants to. */
function questions() {
  const asked: ((held: Held) => void)[] = [];
  const load = () => new Promise<Held>((answer) => asked.push(answer));
  return { asked, load };
}

const turn = () => vi.advanceTimersByTimeAsync(0);

test("events that arrive during a read are applied to its answer, once, in order", async () => {
  const feed = watched();
  lastSocket().welcome(1, false, priceAt(1));
  const { asked, load } = questions();
  const reading = feed.read(load, toHeld);
  await turn();
  lastSocket().step(2, priceAt(2));
  lastSocket().step(3, priceAt(3), priceAt(4));
  // The server's answer already had the first of them.
  asked[0]?.([1, 2]);
  expect(await reading).toEqual([1, 2, 3, 4]);
});

test("a read waits until the feed has begun: an event between the two would be in neither", async () => {
  const feed = watched();
  const { asked, load } = questions();
  const reading = feed.read(load, toHeld);
  await turn();
  expect(asked.length).toBe(0);
  lastSocket().welcome(1, false);
  await turn();
  expect(asked.length).toBe(1);
  asked[0]?.([1]);
  expect(await reading).toEqual([1]);
});

test("a read right before the feed opens waits for the feed too", async () => {
  const feed = feedOf(`t${feeds++}`);
  const { asked, load } = questions();
  void feed.read(load, toHeld);
  leave.push(feed.subscribe(() => {}));
  await turn();
  expect(asked.length).toBe(0);
  lastSocket().welcome(1, false);
  await turn();
  expect(asked.length).toBe(1);
});

test("a read does not wait for a late feed; when the feed begins, data that was read without it is read again", async () => {
  const anew = vi.spyOn(queryClient, "invalidateQueries");
  const feed = watched();
  const { asked, load } = questions();
  const reading = feed.read(load, toHeld);
  await vi.advanceTimersByTimeAsync(1_500);
  asked[0]?.([1]);
  expect(await reading).toEqual([1]);
  expect(anew).not.toHaveBeenCalled();
  lastSocket().welcome(1, false);
  expect(anew).toHaveBeenCalledTimes(1);

  const other = watched();
  lastSocket().welcome(1, false);
  const prompt = questions();
  const second = other.read(prompt.load, toHeld);
  await turn();
  prompt.asked[0]?.([2]);
  expect(await second).toEqual([2]);
  expect(anew).toHaveBeenCalledTimes(1);
});

test("data that was read before the feed opened is brought up to date by the welcome, and not read again", async () => {
  const anew = vi.spyOn(queryClient, "invalidateQueries");
  const feed = feedOf(`t${feeds++}`);
  const { asked, load } = questions();
  const reading = feed.read(load, toHeld);
  await turn();
  asked[0]?.([1]);
  expect(await reading).toEqual([1]);
  leave.push(feed.subscribe(() => {}));
  lastSocket().welcome(1, false);
  expect(anew).not.toHaveBeenCalled();
});

test("data of the feed alone is there after a late welcome has everything read again", async () => {
  const id = `t${feeds++}`;
  const feed = feedOf(id);
  const queryFn = () => feed.fromRecent<Held>([], toHeld);
  leave.push(new QueryObserver(queryClient, { queryKey: ["t", id, "progress"], queryFn }).subscribe(() => {}));
  leave.push(feed.subscribe(() => {}));
  void feed.read(questions().load, toHeld);
  await vi.advanceTimersByTimeAsync(1_500);
  lastSocket().welcome(1, false, priceAt(7));
  await turn();
  expect(queryClient.getQueryData(["t", id, "progress"])).toEqual([7]);
});

test("a read does not wait for a connection that fails at first", async () => {
  const feed = watched();
  const { asked, load } = questions();
  void feed.read(load, toHeld);
  lastSocket().break();
  await turn();
  expect(asked.length).toBe(1);
});

test("a read that was under way at a reset is repeated: its answer may be from before the gap", async () => {
  const feed = watched();
  lastSocket().welcome(1, false);
  const { asked, load } = questions();
  const reading = feed.read(load, toHeld);
  await turn();
  lastSocket().reset();
  lastSocket().welcome(90, false);
  lastSocket().step(91, priceAt(91));
  asked[0]?.([1]);
  await turn();
  expect(asked.length).toBe(2);
  lastSocket().step(92, priceAt(92));
  asked[1]?.([1, 2, 3, 91]);
  expect(await reading).toEqual([1, 2, 3, 91, 92]);
});

test("a read is repeated when more events arrived meanwhile than are kept", async () => {
  const feed = watched();
  lastSocket().welcome(0, false);
  const { asked, load } = questions();
  const reading = feed.read(load, toHeld);
  await turn();
  for (let n = 1; n <= 401; n++) lastSocket().step(n, priceAt(n));
  asked[0]?.([]);
  await turn();
  asked[1]?.([1, 401]);
  expect(await reading).toEqual([1, 401]);
});

test("a tournament without an open feed is read at once", async () => {
  const { asked, load } = questions();
  void feedOf("over").read(load, toHeld);
  await turn();
  expect(asked.length).toBe(1);
});
