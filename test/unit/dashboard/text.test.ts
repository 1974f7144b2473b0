import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { faultsByField, Problem, remedyOf, sentenceOf, Unreachable } from "../../../src/dashboard/api/problem.ts";
import { placePills } from "../../../src/dashboard/arena/chart/pill-layout.ts";
import { holdingsAfter } from "../../../src/dashboard/arena/replay/frame.ts";
import { codeSentence } from "../../../src/dashboard/arena/words.ts";
import { target } from "../../../src/dashboard/parts/table/step.ts";
import {
  changeTone,
  moneyText,
  percentText,
  priceText,
  quantityText,
} from "../../../src/dashboard/parts/text/number-text.ts";
import { currentSecond } from "../../../src/dashboard/parts/text/time.tsx";
import { agoText, countdownText, dateTimeText, spanText } from "../../../src/dashboard/parts/text/time-text.ts";

test("decimal strings are shown digit by digit, with no float between", () => {
  expect(moneyText("123456789012345678.125")).toBe("123,456,789,012,345,678.12");
  expect(moneyText("-0.004", 2, true)).toBe("0.00");
  expect(moneyText("5.1", 2, true)).toBe("+5.10");
  expect(moneyText("-5.1")).toBe("−5.10");
  expect(percentText(-0.01234)).toBe("−1.23 %");
  expect(priceText("104566.42")).toBe("104,566.42");
  expect(priceText("0.19241")).toBe("0.19241");
  expect(quantityText("0.00000001")).toBe("0.00000001");
  expect(moneyText("<b>")).toBe("<b>");
});

test("a change has the colour of what is shown: zero has neither sign nor colour", () => {
  const shown = [0.05, -0.05, 0, -0, -0.00004, 0.00004].map((ratio) => percentText(ratio, true));
  expect(shown.map((text) => [text, changeTone(text)])).toEqual([
    ["+5.00 %", "good"],
    ["−5.00 %", "bad"],
    ...Array.from({ length: 4 }, () => ["0.00 %", ""]),
  ]);
  expect(changeTone(moneyText("-0.004", 2, true))).toBe("");
  expect(changeTone(moneyText("-0.01", 2, true))).toBe("bad");
});

test("times are shown in one unit, or in hours and minutes", () => {
  expect([0.85, 3.2, 12, 119, 180, 3600, 4800, 172_800].map(spanText)).toEqual([
    "850 ms",
    "3.2 s",
    "12 s",
    "119 s",
    "3 min",
    "1 h",
    "1 h 20 min",
    "2 d",
  ]);
  expect([agoText(0, 1000), agoText(0, 40_000), agoText(180_000, 0)]).toEqual(["just now", "40 s ago", "in 3 min"]);
  expect([-5, 7, 750, 3840].map(countdownText)).toEqual(["0:00", "0:07", "12:30", "1:04:00"]);
});

test("the time of a round has seconds where another round comes within the same minute", () => {
  const at = new Date(2026, 10, 28, 21, 9, 31).toISOString();
  expect(dateTimeText(at)).toBe("28 Nov 2026, 21:09");
  expect([5, 90, 300].map((seconds) => dateTimeText(at, seconds))).toEqual([
    "28 Nov 2026, 21:09:31",
    "28 Nov 2026, 21:09:31",
    "28 Nov 2026, 21:09",
  ]);
});

test("a spectator reads of no request to send", () => {
  const halted = codeSentence("agent.halted");
  expect(halted).toMatch(/: its author or an operator can let it go on\.$/);
});

test("a problem's faults are sorted by field, and faults without a field are kept", () => {
  const errors = [
    { path: "rules.fee_bps", message: "must be between 0 and 9999 basis points" },
    { path: "symbols.1", message: "is in the list twice" },
    { path: "else", message: "is unknown" },
  ];
  const problem = new Problem(422, { code: "request.invalid", detail: "…", errors });
  const { fields, rest } = faultsByField(problem, ["symbols", "rules.fee_bps"]);
  expect(fields).toEqual({
    "rules.fee_bps": ["Must be between 0 and 9999 basis points."],
    symbols: ["Is in the list twice."],
  });
  expect(rest).toEqual(["else: is unknown"]);
  expect(faultsByField(new Problem(409, { detail: "It is live." }), ["name"]).rest).toEqual(["It is live."]);
  expect(sentenceOf(new Unreachable())).toBe("The server could not be reached.");
  expect(remedyOf(new Problem(401, { code: "auth.required" }))).toContain("Sign in");
});

test("pills never cover each other, stay inside, and keep the order of their lines", () => {
  const pill = fc.record({ y: fc.integer({ min: 0, max: 400 }), weight: fc.integer() });
  fc.assert(
    fc.property(fc.array(pill, { maxLength: 40 }), (all) => {
      const placed = placePills(
        all.map((each, i) => ({ ...each, key: String(i) })),
        400,
        19,
      );
      expect(placed).toHaveLength(Math.min(all.length, 21));
      for (const [i, { top, y }] of placed.entries()) {
        expect(top).toBeGreaterThanOrEqual(0);
        expect(top).toBeLessThanOrEqual(400 - 19);
        const before = placed[i - 1];
        if (before) {
          expect(top).toBeGreaterThanOrEqual(before.top + 19 - 1e-9);
          expect(y).toBeGreaterThanOrEqual(before.y);
        }
      }
    }),
  );
});

test("when there is no room for all pills, the weightiest stay", () => {
  const pills = [1, 5, 3].map((weight) => ({ key: String(weight), y: 10 * weight, weight }));
  expect(placePills(pills, 40, 19).map(({ key }) => key)).toEqual(["3", "5"]);
});

test("a replay's holdings are what the fills up to its round left, first in, first out", () => {
  const base = {
    tournament_id: "t",
    agent_id: "a",
    agent: "A",
    symbol: "BTC-USDT",
    price: "1",
    fee: "0",
    realized_profit: null,
    filled_at: "",
  };
  const trades = [
    { ...base, id: "3", round: 2, seq: 0, side: "sell" as const, quantity: "1.5", cash_change: "300" },
    { ...base, id: "2", round: 1, seq: 0, side: "buy" as const, quantity: "1", cash_change: "-120" },
    { ...base, id: "1", round: 0, seq: 0, side: "buy" as const, quantity: "1", cash_change: "-100" },
  ];
  const quote = { "BTC-USDT": { mid: "200" } };
  expect(holdingsAfter(trades, 1, quote, new Set())).toMatchObject([
    { quantity: "2", cost: "220", notional: "400", unrealised: "180" },
  ]);
  expect(holdingsAfter(trades, 2, quote, new Set())).toMatchObject([
    { quantity: "0.5", cost: "60", notional: "100", unrealised: "40" },
  ]);
  expect(holdingsAfter(trades, -1, quote, new Set())).toEqual([]);
});

test("arrow keys move between rows and stop at the ends", () => {
  expect(["ArrowDown", "ArrowUp", "PageDown", "Home", "End", "x"].map((key) => target(key, 0, 5))).toEqual([
    1,
    0,
    4,
    0,
    4,
    null,
  ]);
});

test("the first time on a page is told by the clock of this moment, however long no time was shown", () => {
  vi.useFakeTimers({ now: Date.parse("2026-03-02T00:00:00.400Z") });
  try {
    currentSecond();
    vi.setSystemTime(Date.parse("2026-03-02T00:10:07.900Z"));
    expect(new Date(currentSecond()).toISOString()).toBe("2026-03-02T00:10:07.000Z");
  } finally {
    vi.useRealTimers();
  }
});
