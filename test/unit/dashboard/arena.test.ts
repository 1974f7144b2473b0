/** What the arena's pages work out without a browser: colours, folded rounds, the address, a replay's ticks, moved ranks. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { lookOf, looksOf, markOf } from "../../../src/dashboard/arena/agents/look.ts";
import { firstTime } from "../../../src/dashboard/arena/chart/lines.ts";
import { rangeOptions } from "../../../src/dashboard/arena/chart/ranges.ts";
import { readChosen, withChosen } from "../../../src/dashboard/arena/chosen.ts";
import {
  foldRuns,
  groupByRound,
  holdText,
  isQuiet,
  roundsText,
  withoutCut,
} from "../../../src/dashboard/arena/decisions/groups.ts";
import { ticksOf } from "../../../src/dashboard/arena/replay/ticks.ts";
import { movesOf, whyMoved } from "../../../src/dashboard/arena/rounds/moves.ts";
import { fieldText, hasOpenEnd } from "../../../src/dashboard/arena/words.ts";
import { pageOfLink, titleOf } from "../../../src/dashboard/docs/links.ts";
import { blocksOf, inlinesOf } from "../../../src/dashboard/docs/markdown.ts";
import type { LogItem } from "../../../src/dashboard/live/apply-event.ts";
import { actionOf } from "../../../src/dashboard/parts/keyboard/shortcut-keys.ts";

const joined = (ids: readonly string[]) => ids.map((id) => ({ agent_id: id, agent: id, baseline: false }));

test("an agent has the hue of its id in every tournament; of neighbours one is darker, and only a third one moves", () => {
  const far = (a: number, b: number) => Math.min((a - b + 24) % 24, (b - a + 24) % 24) >= 3;
  const ids = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 24 });
  fc.assert(
    fc.property(ids, (all) => {
      const looks = [...looksOf(joined(all)).values()];
      expect(new Set(looks.map(({ hue, tone }) => `${hue} ${tone}`)).size, "no two look the same").toBe(all.length);
      for (const [place, { hue, tone }] of looks.entries()) {
        const id = all[place] ?? "";
        const own = lookOf({ id, name: id, baseline: false }).hue;
        const near = looks.slice(0, place).filter((other) => !far(own, other.hue));
        if (near.length === 0) expect([hue, tone], "nobody is near: the own look").toEqual([own, 0]);
        if (hue !== own)
          expect(new Set(near.map((other) => other.tone)), "both of its hue are taken").toEqual(new Set([0, 1]));
        // With few agents none is next to another that is as light.
        const beside = looks.slice(0, place).filter((other) => other.tone === tone && !far(hue, other.hue));
        if (all.length <= 5) expect(beside).toEqual([]);
      }
    }),
  );
  const many = looksOf(joined(Array.from({ length: 60 }, (_, i) => `agent ${i}`)));
  expect(new Set([...many.values()].map(({ hue, tone }) => `${hue} ${tone}`)).size).toBe(60);
  expect(markOf("Buy and hold DOGE (baseline)")).toBe("DOGE");
});

test("rounds in which nothing happened are one line, between those in which something did", () => {
  const rounds = [9, 8, 7, 6, 5, 4, 2].map((round) => ({ round }));
  const runs = foldRuns(rounds, ({ round }) => round !== 6).map((run) => run.map(({ round }) => round));
  // Round 3 was skipped, so the run before it ends.
  expect(runs).toEqual([[9, 8, 7], [6], [5, 4], [2]]);
  expect(runs.map(roundsText)).toEqual(["Rounds 7–9", "Round 6", "Rounds 4–5", "Round 2"]);
  expect([holdText([6, 6]), holdText([6, 5]), holdText([1])]).toEqual(["all 6 hold", "all hold", "holds"]);
});

test("what a viewer has chosen goes into the address and comes back; what an address makes up is ignored", () => {
  const chosen = {
    agent: "a",
    tab: "rules",
    unit: "percent",
    range: "hour",
    baselines: false,
    only: "refused",
    log: "everyone",
    said: "too dear",
    round: 12,
  } as const;
  const search = withChosen(new URLSearchParams("q=1"), chosen);
  expect(`${search}`).toBe(
    "q=1&agent=a&tab=rules&unit=pct&range=hour&baselines=off&only=refused&log=everyone&said=too+dear&round=12",
  );
  expect(readChosen(search)).toEqual(chosen);
  const usual = readChosen(new URLSearchParams());
  expect(`${withChosen(search, usual)}`).toBe("q=1");
  expect(readChosen(new URLSearchParams("unit=eur&range=year&only=x&log=&round=-1&baselines=maybe"))).toEqual(usual);
});

test("the chart of an entry that joined late begins with it", () => {
  const times = ["2026-01-01T00:00:00.000Z", "2026-01-01T00:05:00.000Z", "2026-01-01T00:10:00.000Z"];
  const late = { agent_id: "a", agent: "Late", baseline: false, equity: [null, "500", "501"] };
  expect(firstTime({ times, series: [late] })).toBe(Date.parse("2026-01-01T00:05:00.000Z") / 1000);
  expect(firstTime({ times, series: [{ ...late, equity: [null, null, null] }] })).toBeNull();
});

test("a range longer than the curve can't be chosen", () => {
  const possible = (seconds: number) => rangeOptions(seconds).flatMap(({ label, disabled }) => (disabled ? [] : label));
  expect(possible(120)).toEqual(["ALL"]);
  expect(possible(1200)).toEqual(["ALL", "15m"]);
  expect(possible(90_000)).toEqual(["ALL", "24h", "1h", "15m"]);
});

test("a replay's ticks stand where trades were made, the highest where most were", () => {
  expect(ticksOf([0, 5, 5, 10], 10, 100)).toEqual([
    { at: 0, share: 0.5 },
    { at: 0.5, share: 1 },
    { at: 1, share: 0.5 },
  ]);
  expect(
    ticksOf(
      Array.from({ length: 5000 }, (_, i) => i),
      4999,
      240,
    ).length,
  ).toBeLessThanOrEqual(240);
  expect(ticksOf([0], 0, 10)).toEqual([{ at: 0, share: 1 }]);
});

test("moved ranks are told with the change of equity; baselines and newcomers have not moved", () => {
  const place = (agent_id: string, rank: number | null, equity: string) => ({
    agent_id,
    agent: agent_id,
    rank,
    equity,
  });
  const before = [place("a", 1, "501"), place("b", 2, "500.5"), place("base", null, "500")];
  const after = [place("b", 1, "502.25"), place("a", 2, "501"), place("base", null, "503"), place("new", 3, "500")];
  expect(movesOf(before, after)).toEqual([
    { agent_id: "b", agent: "b", from: 2, to: 1, change: "1.75" },
    { agent_id: "a", agent: "a", from: 1, to: 2, change: "0" },
  ]);
  const why = (from: number, to: number, change: string, traded = false) =>
    whyMoved({ agent_id: "a", agent: "a", from, to, change }, traded);
  expect(why(1, 2, "0")).toBe("passed by others");
  expect(why(7, 6, "0")).toBe("others fell below it");
  expect(why(7, 6, "0.7")).toBe("its holdings moved");
  expect(why(7, 6, "-0.05", true)).toBe("it traded");
});

test("a field is counted in agents and baselines, and an end that nobody waits for is open", () => {
  expect([fieldText(12, 6), fieldText(1, 0), fieldText(2, 1)]).toEqual([
    "6 agents + 6 baselines",
    "1 agent",
    "1 agent + 1 baseline",
  ]);
  expect([hasOpenEnd(5_000_000), hasOpenEnd(288)]).toEqual([true, false]);
});

test("keys work beside fields and not in them, and not together with Ctrl", () => {
  const press = (key: string, more: object = {}) =>
    actionOf({ key, ctrlKey: false, metaKey: false, altKey: false, target: { tagName: "BODY" }, ...more });
  expect(["j", "K", "/", "?", "x"].map((key) => press(key))).toEqual(["next", "before", "search", "keys", null]);
  expect(press("j", { ctrlKey: true })).toBe(null);
  expect(press("/", { target: { tagName: "INPUT", type: "search" } })).toBe(null);
  expect(press("j", { target: { tagName: "INPUT", type: "range" } })).toBe("next");
  expect(press("j", { target: { tagName: "SELECT" } })).toBe(null);
});

test("links between documents lead to their pages, and links to files lead nowhere", () => {
  expect(
    ["rules.md", "rules.md#fills", "README.md", "https://x.test", "../LICENSE", "decisions/rounds.md"].map(pageOfLink),
  ).toEqual(["/docs/rules", "/docs/rules#fills", "/docs", "https://x.test", null, null]);
  expect(titleOf("<!-- x -->\n# The rules\ntext", "rules")).toBe("The rules");
});

test("a document is read into headings, lists, tables, code and text, and its markup stays text", () => {
  const text = [
    "# Title",
    "<!-- made by hand -->",
    "One line",
    "goes on with `a|b`, **bold**, *so* and [a `link`](rules.md#x).",
    "",
    "## What it *is*: a test",
    "- first",
    "  - below",
    "- second",
    "```sh",
    "# no heading",
    "```",
    "| a | b |",
    "|---|---|",
    "| `x\\|y` | <b> |",
  ].join("\n");
  expect(blocksOf(text)).toEqual([
    { kind: "heading", level: 1, text: "Title", id: "title" },
    { kind: "paragraph", text: "One line goes on with `a|b`, **bold**, *so* and [a `link`](rules.md#x)." },
    { kind: "heading", level: 2, text: "What it *is*: a test", id: "what-it-is-a-test" },
    {
      kind: "list",
      ordered: false,
      items: [
        { text: "first", below: [{ kind: "list", ordered: false, items: [{ text: "below", below: [] }] }] },
        { text: "second", below: [] },
      ],
    },
    { kind: "code", text: "# no heading" },
    { kind: "table", head: ["a", "b"], rows: [["`x|y`", "<b>"]] },
  ]);
  expect(inlinesOf("see `x`, **y** and [a `link`](rules.md)!")).toEqual([
    { kind: "text", text: "see " },
    { kind: "code", text: "x" },
    { kind: "text", text: ", " },
    { kind: "bold", text: "y" },
    { kind: "text", text: " and " },
    { kind: "link", text: "a `link`", href: "rules.md" },
    { kind: "text", text: "!" },
  ]);
});

test("a round is counted only where all of its decisions are there: not under a filter, and not where a page cuts it", () => {
  const item = (round: number, agent_id: string) =>
    ({ round, agent_id, agent: agent_id, outcome: "held", due_at: "2026-03-02T00:00:00Z" }) as unknown as LogItem;
  const items = [item(7, "a"), item(7, "b"), item(6, "a")];
  expect(groupByRound(items).map(isQuiet)).toEqual([true, true]);
  expect(groupByRound(items, true).map(isQuiet)).toEqual([false, false]);
  expect(withoutCut(items).map(({ round }) => round)).toEqual([7, 7]);
  expect(withoutCut(items.slice(0, 2))).toHaveLength(2);
  expect(withoutCut([])).toEqual([]);
});
