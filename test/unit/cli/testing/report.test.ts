import { expect, test } from "vitest";
import { newReport, readReport } from "../../../../src/cli/testing/report.ts";

const lines = [
  { type: "start", files: 2 },
  { type: "ended", state: "passed" },
  { type: "ended", state: "failed" },
  {
    type: "file",
    tests: [
      { name: "one", file: "a.test.ts", state: "passed", milliseconds: 3 },
      { name: "two", file: "a.test.ts", state: "failed", milliseconds: 4 },
    ],
  },
]
  .map((event) => `${JSON.stringify(event)}\n`)
  .join("");

test("a report is read however the pipe cuts it", () => {
  for (const length of [1, 7, lines.length]) {
    const report = newReport();
    const read = readReport(report);
    for (let at = 0; at < lines.length; at += length) read(lines.slice(at, at + length));
    expect(report).toMatchObject({ files: 2, filesDone: 1, ended: 2, endedBadly: 1 });
    expect(report.tests.map(({ name, state }) => `${name} ${state}`)).toEqual(["one passed", "two failed"]);
  }
});

test("a line that no reporter writes is refused", () => {
  expect(() => readReport(newReport())('{"type":"other"}\n')).toThrow();
});
