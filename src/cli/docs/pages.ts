/** What is generated in docs/: whole pages, or the part between two markers of a page that is written by hand. Pure. */
import { againOf, errorCodes, isErrorCode } from "../../core/error-codes.ts";
import {
  crashedAfterMs,
  decisionRetryDelayMs,
  jitterCapMs,
  outsideLeaseMs,
  resendStepMs,
  windowMs,
} from "../../core/phases.ts";
import { exampleStrategy, limitsTable, strategiesTable } from "./agents-page.ts";
import { workedExample } from "./example.ts";
import { rolesPage } from "./roles-page.ts";
import { tasksPage } from "./tasks-page.ts";

/** Each page as it should be. `read` gives the page as it is. Throws where a page has lost its markers. */
export function generatedPages(read: (path: string) => string): Readonly<Record<string, string>> {
  return {
    "docs/errors.md": errorsPage(),
    "docs/roles.md": rolesPage(),
    "docs/tasks.md": tasksPage(read("test/workers/greet.ts")),
    "docs/agents.md": withParts("docs/agents.md", read("docs/agents.md"), {
      strategies: strategiesTable(),
      limits: limitsTable(),
      example: exampleStrategy(read("docs/examples/breakout.ts")),
    }),
    "docs/rules.md": withParts("docs/rules.md", read("docs/rules.md"), {
      "worked example": workedExample(),
      times: timesTable(),
    }),
  };
}

function errorsPage(): string {
  const rows = Object.keys(errorCodes)
    .filter(isErrorCode)
    .map((code) => {
      const { status, sentence } = errorCodes[code];
      return `| \`${code}\` | ${status} | ${againOf(code)} | ${sentence.replaceAll("|", "\\|")} |`;
    });
  return [
    "<!-- Made by `npm run docs` from src/core/error-codes.ts: change it there. -->",
    "# Error codes",
    "",
    "A problem document, a refused order and a failed task carry one of these codes.",
    "",
    "- **Status** is that of an HTTP answer.",
    "- **Again** says whether the same call may succeed later, or the retry of a task: `yes`, `no`, or `once mended`.",
    "  The control room offers no retry of a task that failed with a code whose answer is `no`.",
    "- **Sentence** is the `detail` where there is nothing more precise to say.",
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
    row("agents are spread out over at most", jitterCapMs),
    row("an owed decision is sent again every", resendStepMs),
    row("first retry of a failed decision", (interval) => decisionRetryDelayMs(interval, 1)),
    row("second retry", (interval) => decisionRetryDelayMs(interval, 2)),
    row("lease of an outside agent", outsideLeaseMs),
    row("recovered after a silence of", crashedAfterMs),
  ].join("\n");
}

/** Throws where the two markers of a part are not in the page, once each and in this order. */
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
