/** What `npm test` says before and after its stages. */
import type { StagePlan } from "./changed.ts";
import type { FailureReport } from "./report.ts";
import type { StageResult } from "./run-stage.ts";

const SLOWEST = 10;
const FILES_NAMED = 5;

/** Which stages run after `--changed`, which don't, and why. */
export function planLines(ref: string, changed: readonly string[], plans: readonly StagePlan[]): string {
  const named = changed.slice(0, FILES_NAMED).join(", ");
  const more = changed.length > FILES_NAMED ? ` and ${changed.length - FILES_NAMED} more` : "";
  const head =
    changed.length === 0
      ? `Nothing has changed since ${ref}. Name an older commit: npm test -- --changed main`
      : `Changed since ${ref}: ${named}${more}`;
  const lines = plans.map(({ stage, files, why }) => {
    const verb = files?.length === 0 ? "left out" : files === null ? "runs" : "runs in part";
    return `  ${stage.name.padEnd(9)}${verb}: ${why}`;
  });
  return [head, ...lines].join("\n");
}

/** One line a stage: its counts and its time. */
export function verdictOf({
  name,
  passed,
  failed,
  skipped,
  seconds,
}: Omit<StageResult, "tests" | "failures" | "output">): string {
  const verdict = failed > 0 ? "FAILED" : "ok    ";
  return `${name.padEnd(8)}${verdict}  ${`${seconds.toFixed(1)} s`.padStart(8)}  ${countsOf({ passed, failed, skipped })}`;
}

/** The slowest tests of all stages, with a heading and an empty line after them. Empty when no test was reported. */
export function slowestLines(results: readonly Pick<StageResult, "name" | "tests">[]): string[] {
  const slowest = results
    .flatMap(({ name, tests }) => tests.map((test) => ({ stage: name, ...test })))
    .toSorted((one, other) => other.milliseconds - one.milliseconds)
    .slice(0, SLOWEST);
  if (slowest.length === 0) return [];
  const lines = slowest.map(({ file, name, milliseconds }) => {
    return `${`${(milliseconds / 1000).toFixed(1)} s`.padStart(9)}  ${file}: ${name}`;
  });
  return ["The slowest tests:", ...lines, ""];
}

/** Every test that failed, with its error, a heading and an empty line after them. Empty when none did. */
export function failureLines(results: readonly Pick<StageResult, "name" | "failures">[]): string[] {
  const lines = results.flatMap(({ name, failures }) =>
    failures.flatMap((failure) => [
      `  ${name}: ${textOf(failure)}`,
      ...failure.differences.map((line) => `      ${line}`),
    ]),
  );
  return lines.length === 0 ? [] : ["What failed:", ...lines, ""];
}

/** One failure on one line. */
export const textOf = ({ file, name, reason }: FailureReport): string => `${file}: ${name}: ${reason}`;

/** The last line of a run, alone on its line. */
export function closingLine(results: readonly Pick<StageResult, "passed" | "failed" | "skipped">[]): string {
  const sum = (of: "passed" | "failed" | "skipped") => results.reduce((total, result) => total + result[of], 0);
  return countsOf({ passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") });
}

function countsOf({ passed, failed, skipped }: Pick<StageResult, "passed" | "failed" | "skipped">): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
