/** Vitest's side of report.ts: tells the runner of every test and file that has ended. */
import { writeSync } from "node:fs";
import type { TestError } from "vitest";
import type { Reporter, TestCase, TestModule, TestRunEndReason } from "vitest/node";
import { differencesOf, firstLine } from "./error-lines.ts";
import { REPORT_DESCRIPTOR, REPORT_VARIABLE, type ReportEvent, type TestReport } from "./report.ts";

export default class RunnerReporter implements Reporter {
  readonly #listened = process.env[REPORT_VARIABLE] === "1";

  onTestRunStart(files: readonly unknown[]): void {
    this.#tell({ type: "start", files: files.length });
  }

  onTestCaseResult(test: TestCase): void {
    this.#tell({ type: "ended", state: stateOf(test) });
    const [error] = test.result().errors ?? [];
    if (error) this.#tellFailure(test.fullName, test.module, error);
  }

  onTestModuleEnd(module: TestModule): void {
    const tests = [...module.children.allTests()].map(
      (test): TestReport => ({
        name: test.fullName,
        file: module.relativeModuleId,
        state: stateOf(test),
        milliseconds: test.diagnostic()?.duration ?? 0,
      }),
    );
    const [error] = module.errors();
    if (error) this.#tellFailure("the file itself", module, error);
    this.#tell({ type: "file", tests });
  }

  onTestRunEnd(_: unknown, __: unknown, reason: TestRunEndReason): void {
    this.#tell({ type: "over", passed: reason === "passed" });
  }

  #tellFailure(name: string, { relativeModuleId: file }: TestModule, { message, diff }: TestError): void {
    this.#tell({ type: "failure", name, file, reason: firstLine(message), differences: differencesOf(diff) });
  }

  #tell(event: ReportEvent): void {
    if (this.#listened) writeSync(REPORT_DESCRIPTOR, `${JSON.stringify(event)}\n`);
  }
}

/** A test that was never run, because its file broke or the run was ended, counts as skipped. */
function stateOf(test: TestCase): TestReport["state"] {
  const { state } = test.result();
  return state === "pending" ? "skipped" : state;
}
