/** What a Vitest stage reports to the runner: one JSON line an event, written by reporter.ts and read here. */
import { z } from "zod";

/** The reporter writes to this file descriptor. Where it isn't open, nobody listens. */
export const REPORT_DESCRIPTOR = 3;
/** Set for the processes of a stage that is listened to. */
export const REPORT_VARIABLE = "AGONUS_TEST_REPORT";

const test = z.object({
  name: z.string(),
  file: z.string(),
  state: z.enum(["passed", "failed", "skipped"]),
  milliseconds: z.number(),
});
export type TestReport = z.infer<typeof test>;

/**
 * A test that has failed, or a whole file that did not load. `reason` is one line. `differences` are lines of the expected
 * value, which begin with "-", and of the received one, which begin with "+".
 */
const failure = z.object({ name: z.string(), file: z.string(), reason: z.string(), differences: z.array(z.string()) });
export type FailureReport = z.infer<typeof failure>;

const event = z.discriminatedUnion("type", [
  z.object({ type: z.literal("start"), files: z.number() }),
  /** A test has ended. It is told before its file ends, for the progress alone. */
  z.object({ type: z.literal("ended"), state: test.shape.state }),
  z.object({ type: z.literal("failure"), ...failure.shape }),
  z.object({ type: z.literal("file"), tests: z.array(test) }),
  /** The whole run has ended. It has also failed when a file leaks or crashes, although no test has failed. */
  z.object({ type: z.literal("over"), passed: z.boolean() }),
]);
export type ReportEvent = z.infer<typeof event>;

export interface StageReport {
  /** How many test files the stage has, and how many are through. 0 until it is known. */
  files: number;
  filesDone: number;
  /** Tests that have ended, by their files' events or before. */
  ended: number;
  endedBadly: number;
  /** The tests of the files that are through. */
  readonly tests: TestReport[];
  /** In the order in which they failed. */
  readonly failures: FailureReport[];
  /** Whether the whole run has passed; null until it has ended. */
  passed: boolean | null;
}

export const newReport = (): StageReport => ({
  files: 0,
  filesDone: 0,
  ended: 0,
  endedBadly: 0,
  tests: [],
  failures: [],
  passed: null,
});

/** Answers a function that takes the text as it comes and brings `report` up to date. Throws for a line that no reporter writes. */
export function readReport(report: StageReport): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) apply(report, event.parse(JSON.parse(line)));
  };
}

function apply(report: StageReport, event: ReportEvent): void {
  switch (event.type) {
    case "start":
      report.files = event.files;
      return;
    case "ended":
      report.ended += 1;
      if (event.state === "failed") report.endedBadly += 1;
      return;
    case "failure": {
      const { type: _, ...failed } = event;
      report.failures.push(failed);
      return;
    }
    case "file":
      report.filesDone += 1;
      report.tests.push(...event.tests);
      return;
    case "over":
      report.passed = event.passed;
  }
}
