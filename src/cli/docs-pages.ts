/** What is generated in docs/: whole pages, or the part between two markers of a page that is written by hand. Pure. */
import { errorCodes } from "../core/error-codes.ts";
import {
  crashedAfterMs,
  decisionRetryDelayMs,
  jitterCapMs,
  outsideLeaseMs,
  resendStepMs,
  windowMs,
} from "../core/phases.ts";
import { workedExample } from "./docs-example.ts";
import { tasksPage } from "./docs-tasks.ts";

/** Each page as it should be. `read` gives the page as it is. Throws where a page has lost its markers. */
export function generatedPages(read: (path: string) => string): Readonly<Record<string, string>> {
  return {
    "docs/errors.md": errorsPage(),
    "docs/tasks.md": tasksPage(read("test/workers/greet.ts")),
    "docs/rules.md": withParts("docs/rules.md", read("docs/rules.md"), {
      "worked example": workedExample(),
      times: timesTable(),
    }),
  };
}

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { status, sentence, retryable }]) =>
      `| \`${code}\` | ${status} | ${retryable ? "yes" : "no"} | ${sentence.replaceAll("|", "\\|")} |`,
  );
  return [
    "<!-- Made by `npm run docs` from src/core/error-codes.ts: change it there. -->",
    "# Error codes",
    "",
    "A problem document, a refused order and a failed task carry one of these. The status is that of an HTTP answer; the sentence is the",
    "`detail` where there is nothing more precise to say. Again: whether the same call may succeed later.",
    "",
    "| code | status | again | sentence |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** The times of a live round at some intervals, in seconds. */
function timesTable(): string {
  const intervals = [5, 60, 300, 3600];
  const row = (what: string, ms: (interval: number) => number) =>
    `| ${what} | ${intervals.map((interval) => `${Math.round(ms(interval)) / 1000} s`).join(" | ")} |`;
  return [
    `| interval | ${intervals.map((interval) => `${interval} s`).join(" | ")} |`,
    "|---|---|---|---|---|",
    row("deadline, after the due time", windowMs),
    row("agents spread out over at most", jitterCapMs),
    row("an owed decision is sent again every", resendStepMs),
    row("first retry of a failed decision", (interval) => decisionRetryDelayMs(interval, 1)),
    row("second", (interval) => decisionRetryDelayMs(interval, 2)),
    row("lease of an agent that thinks", outsideLeaseMs),
    row("silent for so long: recovered", crashedAfterMs),
  ].join("\n");
}

/** Throws where a part's two markers are not in the page, once and in their order. */
function withParts(path: string, page: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [begin, end] = [`<!-- ${name}, by npm run docs -->`, `<!-- end of ${name} -->`];
    const [head, rest, ...more] = text.split(begin);
    const [, tail, ...others] = (rest ?? "").split(end);
    if (head === undefined || tail === undefined || more.length > 0 || others.length > 0) {
      throw new Error(`${path} must hold "${begin}" and "${end}", once each and in this order`);
    }
    return `${head}${begin}\n${part}\n${end}${tail}`;
  }, page);
}
