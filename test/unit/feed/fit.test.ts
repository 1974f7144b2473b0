import { expect, test } from "vitest";
import { type FeedEvent, feedEvent } from "../../../src/api/feed.ts";
import { FeedBudget, fitInto } from "../../../src/feed/fit.ts";

const ids = Array.from({ length: 500 }, (_, i) => `agent-${String(i).padStart(30, "0")}`);
const round: FeedEvent = {
  type: "round",
  number: 7,
  state: "settled",
  due_at: "t",
  deadline_at: null,
  opened_at: "t",
  closed_at: "t",
  quoted_at: "t",
  settled_at: "t",
  skip_reason: null,
  participants: 500,
  decided: 500,
};
const progress: FeedEvent = { type: "progress", round: 8, decided: 500, participants: 500, agents: ids };
const equity: FeedEvent = {
  type: "equity",
  round: 7,
  at: "t",
  agents: ids,
  equity: ids.map((_, i) => `${500 - i}.25`),
};
const decisions: FeedEvent = {
  type: "decisions",
  round: 7,
  due_at: "t",
  made: 100,
  held: 0,
  missed: 0,
  thinned: false,
  misses: [],
  items: ids.slice(0, 100).map((id) => ({
    entry_id: id,
    agent_id: id,
    agent: id,
    outcome: "made",
    reasoning: "x".repeat(400),
    reasoning_cut: false,
    confidence: 1,
    decided_at: "t",
    orders: [],
  })),
};
const all = [round, decisions, equity, progress];
const chars = (events: readonly FeedEvent[]) => JSON.stringify(events).length;

test("events that fit are sent whole", () => {
  expect(fitInto(all, chars(all))).toEqual(all);
});

test("events that don't fit lose the ends of their lists, never states or counts", () => {
  for (const most of [50_000, 20_000, 8000]) {
    const cut = fitInto(all, most);
    expect(chars(cut)).toBeLessThanOrEqual(most * 1.05);
    expect(chars(cut)).toBeGreaterThan(most * 0.5);
    for (const event of cut) feedEvent.parse(event);
    expect(cut[0]).toEqual(round);
    const [, few, line] = cut;
    expect(few).toMatchObject({ made: 100, held: 0 });
    if (few?.type !== "decisions" || line?.type !== "equity") throw new Error("out of order");
    expect(few.items).toEqual(decisions.items.slice(0, few.items.length));
    expect(line.agents).toEqual(ids.slice(0, line.agents.length));
    expect(line.equity).toHaveLength(line.agents.length);
    expect(few.items.length).toBeGreaterThanOrEqual(3);
  }
});

test("the list of agents that have decided is sent whole, or only as a number", () => {
  expect(fitInto(all, 50_000)[3]).toEqual({ ...progress, agents: [] });
});

test("a small tournament's round is sent whole to a thousand spectators, once the budget has filled up", () => {
  const budget = new FeedBudget();
  expect(budget.allowance(0, 10)).toBe(400_000);
  expect(budget.allowance(0, 1000)).toBe(20_000);
  budget.spend(20_000, 1000);
  expect(budget.allowance(0, 1000)).toBe(2000);
  expect(budget.allowance(2000, 1000)).toBe(8000);
  expect(budget.allowance(60_000, 1000)).toBe(20_000);
});

test("over a minute, a thousand spectators are sent at most what the rate allows, however many events there are", () => {
  const budget = new FeedBudget();
  let sent = 0;
  for (let now = 0; now < 60_000; now += 500) {
    const most = budget.allowance(now, 1000);
    const frame = chars(fitInto(all, most));
    budget.spend(frame, 1000);
    sent += frame * 1000;
  }
  expect(sent).toBeLessThan(20_000_000 + 60 * 4_000_000 * 1.3);
});
