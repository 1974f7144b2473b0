import { expect, test } from "vitest";
import { differencesOf, firstLine } from "../../../../src/cli/testing/error-lines.ts";
import { newReport, readReport } from "../../../../src/cli/testing/report.ts";

const lines = [
  { type: "start", files: 2 },
  { type: "ended", state: "passed" },
  { type: "ended", state: "failed" },
  { type: "failure", name: "two", file: "a.test.ts", reason: "expected 1 to be 2", differences: [] },
  {
    type: "file",
    tests: [
      { name: "one", file: "a.test.ts", state: "passed", milliseconds: 3 },
      { name: "two", file: "a.test.ts", state: "failed", milliseconds: 4 },
    ],
  },
  { type: "over", passed: false },
]
  .map((event) => `${JSON.stringify(event)}\n`)
  .join("");

test("a report is read however the pipe cuts it", () => {
  for (const length of [1, 7, lines.length]) {
    const report = newReport();
    const read = readReport(report);
    for (let at = 0; at < lines.length; at += length) read(lines.slice(at, at + length));
    expect(report).toMatchObject({ files: 2, filesDone: 1, ended: 2, endedBadly: 1, passed: false });
    expect(report.failures).toEqual([
      { name: "two", file: "a.test.ts", reason: "expected 1 to be 2", differences: [] },
    ]);
    expect(report.tests.map(({ name, state }) => `${name} ${state}`)).toEqual(["one passed", "two failed"]);
  }
});

test("a failure's reason is the first line of its error, without colours, and never long", () => {
  expect(firstLine("\n\u001b[31mexpected 1\u001b[39m to be 2\n  at a.test.ts:3")).toBe("expected 1 to be 2");
  expect(firstLine("x".repeat(500))).toBe(`${"x".repeat(199)}…`);
  expect(firstLine("")).toBe("");
});

test("a failure's differences are the lines of its diff that differ, without colours and heading", () => {
  const diff = "\u001b[32m- Expected\u001b[39m\n+ Received\n\n  {\n-   a: 1,\n+   a: 2,\n    b: 3,\n  }";
  expect(differencesOf(diff)).toEqual(["-   a: 1,", "+   a: 2,"]);
  expect(differencesOf(undefined)).toEqual([]);
  expect(differencesOf("+ line\n".repeat(100))).toHaveLength(40);
});

test("a line that no reporter writes is refused", () => {
  expect(() => readReport(newReport())('{"type":"other"}\n')).toThrow();
});
