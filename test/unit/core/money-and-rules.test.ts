import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { equityOf } from "../../../src/core/equity.ts";
import { CodedError, errorCodes, isErrorCode } from "../../../src/core/error-codes.ts";
import * as phases from "../../../src/core/phases.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { rankByEquity } from "../../../src/core/ranking.ts";
import { rulesSchema } from "../../../src/core/rules.ts";
import { defaultRetry, finalCodes, maxAttempts, retryDelayMs } from "../../../src/core/tasks/retry.ts";
import { canonicalJson, plainDecimal, sha256Hex } from "../../../src/core/text/canonical.ts";
import { canonicalRows, type HashedRows } from "../../../src/core/tournament-hash.ts";
import { hashLines } from "../../../src/rounds/result-hash.ts";

test("equity rounds down, and a held symbol without a price is an error", () => {
  expect(equityOf({ cash: "1", positions: { A: "0.00000003" } }, { A: "0.5" })).toBe("1.00000001");
  expect(equityOf({ cash: "9007199254740993.00000001", positions: {} }, {})).toBe("9007199254740993.00000001");
  expect(() => equityOf({ cash: "1", positions: { toString: "1" } }, {})).toThrow(CodedError);
});

describe("ranks", () => {
  const entry = (name: string, equity: string, baseline = false) => ({ name, equity, baseline });
  test("ties share a rank, the next one leaves a gap, and a last digit decides", () => {
    const ranked = rankByEquity([
      entry("d", "1"),
      entry("c", "9007199254740993.00000001"),
      entry("b", "9007199254740993.00000002"),
      entry("a", "9007199254740993.000000010"),
    ]);
    expect(ranked.map((item) => [item.name, item.rank])).toEqual([
      ["b", 1],
      ["a", 2],
      ["c", 2],
      ["d", 4],
    ]);
  });
  test("baselines are shown in place, have no rank and take none", () => {
    const ranked = rankByEquity([entry("x", "5"), entry("y", "5"), entry("base", "7", true), entry("mid", "5", true)]);
    expect(ranked.map((item) => [item.name, item.rank])).toEqual([
      ["base", null],
      ["mid", null],
      ["x", 1],
      ["y", 1],
    ]);
  });
});

describe("the times of rounds", () => {
  test("rounds of five minutes", () => {
    expect(phases.windowMs(300)).toBe(150_000);
    expect(phases.deadlineAt(1000, 300, "synthetic")).toBe(151_000);
    expect(phases.jitterCapMs(300)).toBe(10_000);
    expect(phases.resendStepMs(300)).toBe(15_000);
    expect([1, 2, 3].map((n) => phases.decisionRetryDelayMs(300, n))).toEqual([2000, 4000, 8000]);
    expect(phases.outsideLeaseMs(300)).toBe(20_000);
    expect(phases.crashedAfterMs(300)).toBe(600_000);
    expect(phases.crashedAfterMs(3600)).toBe(7_200_000);
    expect(phases.staleAfterMs(300)).toBe(600_000);
  });
  test("rounds of five seconds", () => {
    expect(phases.windowMs(5)).toBe(2500);
    expect(phases.jitterCapMs(5)).toBe(500);
    expect(phases.resendStepMs(5)).toBe(500);
    expect(phases.decisionRetryDelayMs(5, 1)).toBe(250);
    expect(phases.outsideLeaseMs(5)).toBe(833);
  });
  test("entries with loops spread out at 500 a second, within the cap", () => {
    expect(phases.jitterSpanMs(300, 250)).toBe(500);
    expect(phases.jitterSpanMs(300, 100_000)).toBe(10_000);
    expect(phases.jitterSpanMs(5, 10_000)).toBe(500);
  });
  test("a large live field is sent in slices, so that five slices a second bring in all decisions by the deadline", () => {
    expect(phases.hasLoops("synthetic", 250)).toBe(true);
    expect(phases.hasLoops("synthetic", 251)).toBe(false);
    expect(phases.hasLoops("replay", 6)).toBe(false);
    expect(phases.sliceOf("synthetic", 60, 5000)).toBe(50);
    expect(phases.sliceOf("synthetic", 105, 25_000)).toBe(96);
    expect(phases.sliceOf("replay", 60, 25_000)).toBe(1000);
  });
  test("a replay's deadline never comes", () => {
    expect(phases.deadlineAt(0, 300, "replay")).toBe(Number.POSITIVE_INFINITY);
  });
  test("the round at a due time is that round, and one millisecond before it the one before", () => {
    const start = Date.UTC(2026, 0, 1);
    for (const n of [0, 1, 288]) {
      const due = phases.roundDueAt(start, 300, n);
      expect(phases.roundNumberAt(start, 300, due)).toBe(n);
      expect(phases.roundNumberAt(start, 300, due - 1)).toBe(n - 1);
    }
    expect(phases.roundNumberAt(start, 300, start - 9_000_000)).toBe(-1);
  });
  test("a tournament has the rounds that are due before its end", () => {
    expect(phases.roundCount(0, 86_400_000, 300)).toBe(288);
    expect(phases.roundCount(0, 86_400_001, 300)).toBe(289);
    expect(phases.roundCount(0, 0, 300)).toBe(0);
  });
});

test("a task is retried after 60, 120 and 240 s with jitter, and then no more", () => {
  expect([1, 2, 3, 4].map((attempt) => retryDelayMs(defaultRetry, attempt, "task.failed", 0))).toEqual([
    60_000,
    120_000,
    240_000,
    null,
  ]);
  expect(retryDelayMs(defaultRetry, 1, "task.failed", 0.5)).toBe(63_000);
  expect(retryDelayMs({ ...defaultRetry, retries: 99 }, 50, "task.failed", 0)).toBe(3_600_000);
  expect(maxAttempts(defaultRetry)).toBe(4);
});

test("the policy says which errors are retried: by default all that the table of codes does not call final", () => {
  expect(
    ["task.failed", "agent.timeout", "task.soft_limit", "round.late", "internal.bad_row"].map((code) => [
      code,
      retryDelayMs(defaultRetry, 1, code, 0) !== null,
    ]),
  ).toEqual([
    ["task.failed", true],
    ["agent.timeout", true],
    ["task.soft_limit", true],
    ["round.late", false],
    ["internal.bad_row", false],
  ]);
  const own = { ...defaultRetry, never: finalCodes("round.late") };
  expect(retryDelayMs(own, 1, "round.late", 0)).toBe(60_000);
  expect(retryDelayMs({ ...own, never: ["agent.timeout"] }, 1, "agent.timeout", 0)).toBe(null);
});

describe("seeded random", () => {
  const draw = (seed: string) => Array.from({ length: 5 }, seededRandom(seed).next);
  test("the same text gives the same numbers, on any machine", () => {
    expect(draw("agonus")).toEqual(draw("agonus"));
    expect(draw("agonus")).toEqual([
      0.9137655359092348, 0.19012866214280555, 0.8392111151719138, 0.7414309000983896, 0.20937337627034514,
    ]);
  });
  test("similar texts give different numbers", () => {
    const first = ["a", "b", "", "aa", "a:1", "a:2", "1:a", "\u0100", "\u0001"].map((seed) =>
      seededRandom(seed).next(),
    );
    expect(new Set(first).size).toBe(first.length);
  });
  test("next is uniform, int gives whole numbers, and gaussian is normal", () => {
    const random = seededRandom("moments");
    const draws = Array.from({ length: 20_000 }, () => [random.next(), random.int(6), random.gaussian()] as const);
    const mean = (pick: (draw: (typeof draws)[number]) => number) =>
      draws.reduce((sum, item) => sum + pick(item), 0) / draws.length;
    expect(mean(([u]) => u)).toBeCloseTo(0.5, 1);
    expect(draws.every(([u, n]) => u >= 0 && u < 1 && Number.isInteger(n) && n >= 0 && n < 6)).toBe(true);
    expect(mean(([, n]) => n)).toBeCloseTo(2.5, 1);
    expect(mean(([, , g]) => g)).toBeCloseTo(0, 1);
    expect(mean(([, , g]) => g * g)).toBeCloseTo(1, 1);
  });
});

describe("canonical texts", () => {
  test("keys are sorted at every depth, and a value that JSON can't hold throws", () => {
    expect(canonicalJson({ b: [{ z: 1, a: null }], a: "é\n", u: undefined, 10: true, 9: false })).toBe(
      '{"10":true,"9":false,"a":"é\\n","b":[{"a":null,"z":1}]}',
    );
    for (const bad of [Number.NaN, 1n, [undefined], { a: Number.POSITIVE_INFINITY }]) {
      expect(() => canonicalJson(bad)).toThrow(TypeError);
    }
  });
  test("SHA-256 is of the text's UTF-8", async () => {
    for (const text of ["", "abc", "Σ🂡"]) {
      expect(await sha256Hex(text)).toBe(createHash("sha256").update(text).digest("hex"));
    }
  });
  test("one amount has one text", () => {
    const forms = ["1.50", "1.5", "001.5", "0.00000000", "-0.0", "100", "-0.10", "9007199254740993.00000001", "5."];
    expect(forms.map(plainDecimal)).toEqual([
      "1.5",
      "1.5",
      "1.5",
      "0",
      "0",
      "100",
      "-0.1",
      "9007199254740993.00000001",
      "5",
    ]);
    for (const bad of ["", "1e5", ".", "a", "--1"]) expect(() => plainDecimal(bad)).toThrow(TypeError);
  });
});

describe("the tournament's hash", () => {
  const trade = {
    side: "buy",
    symbol: "A",
    quantity: "1.50000000",
    price: "10.005",
    fee: "0.01",
    cashChange: "-15.02",
  };
  const rows: HashedRows = {
    decisions: [
      { round: 0, agent: "a", outcome: "made", orderCount: 1 },
      { round: 1, agent: "a", outcome: "held", orderCount: 0 },
    ],
    orders: [{ round: 0, agent: "a", seq: 0, side: "buy", symbol: "A", amount: "15.0", state: "filled", code: null }],
    trades: [{ round: 0, agent: "a", seq: 0, ...trade, realizedProfit: null }],
    equity: [
      { round: 0, agent: "a", equity: "499.98", rank: 1 },
      { round: 0, agent: "Z", equity: "499.98", rank: 1 },
    ],
  };
  test("does not depend on the order of rows, on trailing zeros or on other columns", async () => {
    const other = {
      decisions: rows.decisions.map((row, id) => ({ id, ...row })).reverse(),
      orders: rows.orders.map((row) => ({ ...row, amount: "15.00000000" })),
      trades: rows.trades.map((row) => ({ ...row, quantity: "1.5" })),
      equity: [...rows.equity].reverse(),
    };
    expect(await hashLines(canonicalRows(other))).toBe(await hashLines(canonicalRows(rows)));
  });
  test("hashes lines as they come, as one text with a line feed between them", async () => {
    const lines = canonicalRows(rows);
    let waiting = 0;
    async function* oneByOne() {
      for (const line of lines) {
        waiting += 1;
        yield line;
        waiting -= 1;
        expect(waiting).toBe(0);
      }
    }
    const whole = createHash("sha256").update(lines.join("\n")).digest("hex");
    expect(await hashLines(oneByOne())).toBe(whole);
    expect(await hashLines(lines)).toBe(whole);
    expect(await hashLines([])).toBe(createHash("sha256").digest("hex"));
  });
  test("changes with every column of every row, and when a row is missing", async () => {
    const hashes = [await hashLines(canonicalRows(rows))];
    for (const kind of ["decisions", "orders", "trades", "equity"] as const) {
      hashes.push(await hashLines(canonicalRows({ ...rows, [kind]: rows[kind].slice(1) })));
      for (const [column, value] of Object.entries(rows[kind][0] ?? {})) {
        const text = typeof value === "string" ? value : "";
        const changed = /^-?[\d.]+$/.test(text)
          ? `${text}1`.replace(/^(-?\d+)1$/, "$1.1")
          : typeof value === "number"
            ? value + 7
            : value === null
              ? "1"
              : `${text}x`;
        const [first, ...rest] = rows[kind];
        hashes.push(await hashLines(canonicalRows({ ...rows, [kind]: [{ ...first, [column]: changed }, ...rest] })));
      }
    }
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe("error codes", () => {
  test("each has a status, a sentence and a namespace", () => {
    for (const [code, { status, sentence }] of Object.entries(errorCodes)) {
      expect(code).toMatch(/^[a-z]+\.[a-z_]+$/);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
    expect(isErrorCode("toString")).toBe(false);
  });
  test("an error shows its code's sentence unless it has a detail, and keeps its cause", () => {
    const cause = new Error("password wrong");
    const error = new CodedError("internal.database", undefined, undefined, { cause });
    expect(error).toMatchObject({
      status: 503,
      retryable: true,
      detail: errorCodes["internal.database"].sentence,
      cause,
    });
    expect(new CodedError("round.late", "Round 3 closed.").detail).toBe("Round 3 closed.");
  });
});

test("no valid rules make a sell's price zero or negative", () => {
  expect(rulesSchema.safeParse({ slippage_bps: 5000 }).success).toBe(false);
  expect(rulesSchema.safeParse({ half_spread_bps: 4999, slippage_bps: "4999.9999" }).success).toBe(true);
});
