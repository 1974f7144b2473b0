import { expect, test } from "vitest";
import { lines } from "../../../../src/cli/testing/board.ts";
import { newReport } from "../../../../src/cli/testing/report.ts";
import { stages } from "../../../../src/cli/testing/stages.ts";
import { closingLine, failureLines, planLines, slowestLines, verdictOf } from "../../../../src/cli/testing/summary.ts";

function board() {
  const written: string[] = [];
  return { written, board: lines({ write: (text) => written.push(text) }) };
}

test("in a log a stage says a line for each tenth of its files, and what it printed stands in one piece", () => {
  const { written, board: log } = board();
  const unit = log.begin("unit", "pure code");
  const sim = log.begin("sim", "histories");
  const report = { ...newReport(), files: 40 };
  for (let done = 0; done <= 40; done++) unit.update({ ...report, filesDone: done, ended: done * 10, endedBadly: 1 });
  sim.end("sim 1\nsim 2\n", "sim ok");
  unit.end("\n\nunit 1\n", "unit FAILED");
  expect(written.filter((line) => line.startsWith("unit: "))).toHaveLength(1 + 9);
  expect(written).toContain("unit: 4 of 40 files, 39 passed, 1 failed\n");
  expect(written.slice(-2)).toEqual([
    "\n━━ sim: histories ━━\nsim 1\nsim 2\n━━ sim ok ━━\n",
    "\n━━ unit: pure code ━━\nunit 1\n━━ unit FAILED ━━\n",
  ]);
});

test("a failure is told at once and once, and again at the end", () => {
  const { written, board: log } = board();
  const unit = log.begin("unit", "pure code");
  const failures = ["one", "two"].map((name) => ({
    name,
    file: "a.test.ts",
    reason: "expected 1 to be 2",
    differences: ["- 2", "+ 1"],
  }));
  unit.update({ ...newReport(), failures: failures.slice(0, 1) });
  unit.update({ ...newReport(), failures });
  expect(written.slice(1)).toEqual([
    "unit: FAILED a.test.ts: one: expected 1 to be 2\n",
    "unit: FAILED a.test.ts: two: expected 1 to be 2\n",
  ]);
  expect(
    failureLines([
      { name: "lint", failures: [] },
      { name: "unit", failures },
    ]),
  ).toEqual([
    "What failed:",
    "  unit: a.test.ts: one: expected 1 to be 2",
    "      - 2",
    "      + 1",
    "  unit: a.test.ts: two: expected 1 to be 2",
    "      - 2",
    "      + 1",
    "",
  ]);
  expect(failureLines([{ name: "lint", failures: [] }])).toEqual([]);
});

test("the slowest ten tests of all stages are named, the slowest first", () => {
  const tests = Array.from({ length: 8 }, (_, n) => ({
    name: `test ${n}`,
    file: "test/a.test.ts",
    state: "passed" as const,
    milliseconds: n * 1000,
  }));
  const shown = slowestLines([
    { name: "unit", tests },
    { name: "sim", tests: tests.map((one) => ({ ...one, file: "test/b.test.ts" })) },
    { name: "lint", tests: [] },
  ]);
  expect(shown).toHaveLength(1 + 10 + 1);
  expect(shown[1]).toBe("    7.0 s  test/a.test.ts: test 7");
  expect(shown.at(-2)).toBe("    3.0 s  test/b.test.ts: test 3");
  expect(slowestLines([{ name: "lint", tests: [] }])).toEqual([]);
});

test("the closing line counts all stages, and names skipped tests only where there are some", () => {
  const result = { name: "unit", passed: 2, failed: 0, skipped: 0, seconds: 61.04 };
  expect(closingLine([result, { ...result, failed: 1 }])).toBe("4 passed, 1 failed");
  expect(closingLine([result, { ...result, skipped: 3 }])).toBe("4 passed, 0 failed, 3 skipped");
  expect(closingLine([])).toBe("0 passed, 0 failed");
  expect(verdictOf(result)).toBe("unit    ok        61.0 s  2 passed, 0 failed");
  expect(verdictOf({ ...result, failed: 1 })).toBe("unit    FAILED    61.0 s  2 passed, 1 failed");
});

test("what --changed leaves out is named with the reason", () => {
  const [lint, types, wiring] = stages;
  if (!lint || !types || !wiring) throw new Error("no stages");
  const text = planLines(
    "main",
    ["a", "b", "c", "d", "e", "f"],
    [
      { stage: lint, files: null, why: "it looks at a" },
      { stage: types, files: [], why: "it looks at none" },
      { stage: wiring, files: ["x"], why: "1 of 2 files" },
    ],
  );
  expect(text.split("\n")).toEqual([
    "Changed since main: a, b, c, d, e and 1 more",
    "  lint     runs: it looks at a",
    "  types    left out: it looks at none",
    "  wiring   runs in part: 1 of 2 files",
  ]);
  expect(planLines("HEAD", [], [])).toMatch(/^Nothing has changed since HEAD\./);
});
