/** Lists of which the feed has a part are read again: not too often, and never by an answer from before the event. */
import { QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import { queryClient } from "../../../../src/dashboard/api/session.ts";
import { readNow, reread } from "../../../../src/dashboard/live/reread.ts";
import { fakeNetwork } from "../fake-network.ts";

fakeNetwork();
const leave: (() => void)[] = [];
afterEach(() => {
  for (const away of leave.splice(0)) away();
  queryClient.clear();
});

/** A list that a page shows. The test gives its answers. */
function lookedAt(...queryKey: string[]) {
  const asked: ((answer: string) => void)[] = [];
  const queryFn = () => new Promise<string>((answer) => asked.push(answer));
  const observer = new QueryObserver(queryClient, { queryKey, queryFn });
  leave.push(observer.subscribe(() => {}));
  return { asked, data: () => queryClient.getQueryData(queryKey) };
}

const turn = () => vi.advanceTimersByTimeAsync(0);

test("many events read a list once at the beginning, and once more ten seconds later", async () => {
  const { asked } = lookedAt("t", "rush", "board");
  asked[0]?.("first");
  await turn();
  for (let i = 0; i < 50; i++) reread("t", "rush", "board");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked.length).toBe(2);
  asked[1]?.("second");
  await turn();
  for (let i = 0; i < 50; i++) reread("t", "rush", "board");
  await vi.advanceTimersByTimeAsync(8_000);
  expect(asked.length).toBe(2);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked.length).toBe(3);
});

test("an answer that was under way when the event came does not count as new", async () => {
  const { asked, data } = lookedAt("t", "slow", "trades");
  const done = readNow(["t", "slow", "trades"]);
  await turn();
  expect(asked.length, "it is let through").toBe(1);
  asked[0]?.("of before");
  await turn();
  expect(asked.length).toBe(2);
  asked[1]?.("of now");
  await done;
  expect(data()).toBe("of now");
});

test("a list that no page shows is dropped and not read", async () => {
  queryClient.setQueryData(["t", "left", "trades"], "of before");
  await readNow(["t", "left", "trades"]);
  expect(queryClient.getQueryData(["t", "left", "trades"])).toBeUndefined();
});
