/** Concurrent callers share a statement, and none is answered by what was read before it asked. */
import { afterEach, expect, test, vi } from "vitest";
import { OutOfReach } from "../../../src/db/errors.ts";
import type { Query } from "../../../src/db/query.ts";
import { SharedWork } from "../../../src/db/shared-work.ts";

const query: Query = async () => [];

/** Statements that end when the test says so. */
function held() {
  const statements: { ids: readonly string[]; answer: (value: string) => void; fail: (error: Error) => void }[] = [];
  const reads = new SharedWork<Query, string, string>((_, ids) => {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    statements.push({
      ids,
      answer: (value) => resolve(ids.map((id) => `${id} ${value}`)),
      fail: reject,
    });
    return promise;
  });
  return { reads, statements };
}

/** Until whoever leads the next statement has sent it. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

afterEach(() => {
  vi.useRealTimers();
});

test("one statement runs at a time, and all callers that come meanwhile share the next one, each with its own row", async () => {
  const { reads, statements } = held();
  const asked = ["a", "c", "d", "c", "e"].map((id) => reads.ask(query, id));
  expect(statements.map(({ ids }) => ids)).toEqual([["a"]]);
  statements[0]?.answer("1");
  await turn();
  expect(statements[1]?.ids).toEqual(["c", "d", "c", "e"]);
  statements[1]?.answer("2");
  expect(await Promise.all(asked)).toEqual(["a 1", "c 2", "d 2", "c 2", "e 2"]);
});

test("a caller that was answered and asks again at once shares the next statement with those that waited", async () => {
  const { reads, statements } = held();
  const first = reads.ask(query, "a");
  const leads = reads.ask(query, "b");
  const again = reads.ask(query, "c").then(() => reads.ask(query, "c again"));
  statements[0]?.answer("1");
  await first;
  await turn();
  const waits = reads.ask(query, "d");
  statements[1]?.answer("1");
  await turn();
  expect(statements.map(({ ids }) => ids)).toEqual([["a"], ["b", "c"], ["d", "c again"]]);
  statements[2]?.answer("2");
  expect(await Promise.all([leads, waits, again])).toEqual(["b 1", "d 2", "c again 2"]);
});

test("no caller is answered by a statement that was already under way", async () => {
  const { reads, statements } = held();
  const before = reads.ask(query, "a");
  const after = reads.ask(query, "a");
  statements[0]?.answer("before the commit");
  await turn();
  statements[1]?.answer("after it");
  expect(await before).toBe("a before the commit");
  expect(await after).toBe("a after it");
});

test("an outage fails every caller that shares the statement, and no later one", async () => {
  const { reads, statements } = held();
  const asked = ["a", "c", "d"].map((id) => reads.ask(query, id));
  statements[0]?.answer("1");
  await turn();
  statements[1]?.fail(new OutOfReach("database", new Error("fetch failed")));
  const told = await Promise.allSettled(asked.slice(1));
  expect(told.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await turn();
  const next = reads.ask(query, "e");
  statements[2]?.answer("2");
  expect(await next).toBe("e 2");
});

test.each([
  ["one that can't be stored", Object.assign(new Error("refused"), { code: "23503" })],
  ["one that is too deep for the database", Object.assign(new Error("stack depth limit exceeded"), { code: "54001" })],
  ["one that can't be written down", new RangeError("Maximum call stack size exceeded")],
])("%s refuses no other caller: each is then asked alone", async (_, fault) => {
  const { reads, statements } = held();
  const asked = ["a", "c", "d", "e"].map((id) => reads.ask(query, id));
  statements[0]?.answer("1");
  await turn();
  statements[1]?.fail(fault);
  await turn();
  expect(statements.slice(2).map(({ ids }) => ids)).toEqual([["c"], ["d"], ["e"]]);
  const [c, d, e] = statements.slice(2);
  c?.answer("2");
  d?.fail(fault);
  e?.answer("2");
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
});

test("a statement that dies with its request holds nobody up for longer than a second", async () => {
  vi.useFakeTimers();
  const { reads, statements } = held();
  void reads.ask(query, "a");
  const waiting = ["c", "d"].map((id) => reads.ask(query, id));
  await vi.advanceTimersByTimeAsync(999);
  expect(statements).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2);
  // One of them asks for all.
  expect(statements.slice(1).map(({ ids }) => ids)).toEqual([["c", "d"]]);
  statements[1]?.answer("late");
  await vi.advanceTimersByTimeAsync(1);
  expect(await Promise.all(waiting)).toEqual(["c late", "d late"]);
  vi.useRealTimers();
  // And the place that it held is free again.
  const next = reads.ask(query, "e");
  statements[2]?.answer("3");
  expect(await next).toBe("e 3");
});

test("those whose asks are in a slow statement wait five seconds for it, and then ask alone", async () => {
  vi.useFakeTimers();
  const { reads, statements } = held();
  const asked = ["a", "c", "d"].map((id) => reads.ask(query, id));
  statements[0]?.answer("1");
  await vi.advanceTimersByTimeAsync(4_900);
  expect(statements.map(({ ids }) => ids)).toEqual([["a"], ["c", "d"]]);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(statements.map(({ ids }) => ids)).toEqual([["a"], ["c", "d"], ["d"]]);
  statements[2]?.answer("alone");
  statements[1]?.answer("slow");
  await vi.advanceTimersByTimeAsync(1);
  expect(await Promise.all(asked)).toEqual(["a 1", "c slow", "d alone"]);
});

test("an ask of a request that has ended is not sent minutes later", async () => {
  vi.useFakeTimers();
  const { reads, statements } = held();
  for (const id of ["a", "gone"]) void reads.ask(query, id);
  // The platform ends their requests, and their timers with them.
  vi.clearAllTimers();
  await vi.advanceTimersByTimeAsync(60_000);
  const later = ["c", "d"].map((id) => reads.ask(query, id));
  for (const at of [1, 2]) {
    statements[at]?.answer("1");
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(await Promise.all(later)).toEqual(["c 1", "d 1"]);
  expect(statements.map(({ ids }) => ids)).toEqual([["a"], ["c"], ["d"]]);
});
