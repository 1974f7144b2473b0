/** docs/tasks.md, from the registry of tasks. Pure. */
import { z } from "zod";
import { finalCodes, maxAttempts, type RetryPolicy, retryDelayMs } from "../../core/tasks/retry.ts";
import { fieldsOf, type NamedField, type SchemaField, typeWords } from "../../core/text/schema-words.ts";
import type { TaskDefinition, Tasks } from "../../engine/task.ts";
import { taskRegistry } from "../../tasks/registry.ts";
import { schedules } from "../../tasks/schedules.ts";

/** `newTask`: the file of a task that a test adds. */
export function tasksPage(newTask: string): string {
  const tasks = Object.values<Tasks[string]>(taskRegistry);
  return [
    "<!-- Made by `npm run docs` from src/tasks/registry.ts: change a task in its own file. -->",
    "# Tasks",
    "",
    'An example: `POST /tasks` with `{"name": "recover_crashed_agents"}` looks for crashed agents now ([api.md](api.md)).',
    "",
    "A call or a schedule enqueues a task, and `GET /tasks/{id}` reads it.",
    "A `countdown` (seconds) or an `eta` (time) may go with any task.",
    "`GET /inspect/registered` gives the same of a running system.",
    "A task is not retried after a code whose *again* is `no` or `once mended` ([errors.md](errors.md)), except `task.failed`.",
    "A retry that only a fault of the platform caused spends no attempt.",
    "",
    "| task | queue | begun by | |",
    "|---|---|---|---|",
    ...tasks.map(
      (task) => `| [\`${task.name}\`](#${task.name}) | ${task.queue} | ${begunBy(task)} | ${task.description} |`,
    ),
    "",
    ...tasks.flatMap(taskLines),
    ...UNIQUE,
    "## Adding one",
    "",
    "`test/workers/new-task.test.ts` adds this task, enqueues it over HTTP and runs it:",
    "",
    "```ts",
    newTask.trim().replaceAll("../../src/tasks/", "./").replaceAll("../../src/", "../"),
    "```",
    "",
    "A task is one file of `src/tasks`, one line in `registry.ts`, and `npm run docs`.",
    "`returns` tells on this page what a success answers.",
    "Its schemas type its handler and its callers.",
    "Arguments are checked before anything is stored, and again before the task runs.",
    "",
    "A handler ends with an outcome:",
    "",
    "- `success`, with its result",
    "- `retry`: by the task's policy, or after `afterMs`",
    "- `failure`, with a code and a message",
    "- `cancel`, with a reason",
    "- `snooze`: later, spending no attempt",
    "- `handed_over`: a Durable Object goes on with the task, which stays `STARTED`",
    "- `ended`: a statement of the handler has ended the task, so nothing is left to store",
    "",
    "An error that a handler throws is retried, unless its code is in the policy's `retry.never`.",
    "An error without a code of ours counts as `task.failed`.",
    "`defineTask` of `src/tasks/define.ts` types the ports that a handler gets: database, queues, markets, clock, chance and log.",
    "`defineTask` of `src/engine/task.ts` does so without the ports of the game, such as markets.",
    "A handler also gets `progress` and the `signal` of its attempt, which is aborted at the soft limit and on cancel.",
    "",
    "From TypeScript, `taskClient` (`src/http/tasks/client.ts`) is Celery's `apply_async` and `get`, typed by the same definition:",
    "",
    "```ts",
    'const id = await client.enqueue(greet, { name: "Ada", times: 2 });',
    "const result = await client.result(greet, id);   // { greeting: string } | null",
    "```",
    "",
  ].join("\n");
}

const UNIQUE = [
  "## Unique keys",
  "",
  'An example: `POST /tasks` with `unique: {key: "nightly", when_exists: "return"}` gives the same id, however often it is called.',
  "",
  "A task holds its key from its enqueueing until its row is cleaned up: 24 hours after a success, 7 days after any other end.",
  'So "is done" below means: has ended, and its row is still there.',
  "Arguments are not compared: two calls with one key are one task.",
  "When several calls come at the same moment, one of them makes the task.",
  "Under a caller's key, `unique: {key, when_exists}`, a second call does this:",
  "",
  "| the task that has the key | `return` (default) | `refuse` | `replace` |",
  "|---|---|---|---|",
  "| waits (`PENDING`, `RETRY`) | gives its id | 409 `task.exists` with its id | it is `REVOKED`; the new one takes the key |",
  "| runs (`STARTED`) | gives its id | 409 `task.exists` with its id | it is asked to cancel; the new one takes the key, and is not due before the old one's lease would have ended |",
  "| is done | gives its id | 409 `task.exists` with its id | it stays as it is; the new one takes the key |",
  "",
  "- **A key of the task's own** (named above) always means `return`: waiting, running or done, the task that has the key is the answer.",
  "  Such a task refuses `unique`: 422 with the path `unique`.",
  "- **With a `countdown` or an `eta`** a task takes no key of its own, because that key names the round that is open now.",
  "  The call makes one more task, which looks for its round when it runs.",
  "  A caller's key is held from the enqueueing on, all through the wait.",
  "- **Edited** (`PATCH /tasks/{id}`), a task keeps its key.",
  "  A key of the task's own stands for its arguments: arguments that would give another key are refused with 409 `task.keyed`.",
  "- **Run again** (`POST /tasks/{id}/retry`), a task keeps its key.",
  "  When another task has taken the key meanwhile, the answer is 409 `task.exists`.",
  "",
];

function begunBy({ name }: TaskDefinition): string {
  const schedule = schedules.find((one) => one.name === name);
  if (!schedule) return "a call";
  return schedule.cron === null ? `every ${schedule.everySeconds} s` : `\`${schedule.cron}\` (UTC)`;
}

/** Throws where a task says nothing of what it returns, or has a key without words for it. */
function taskLines(task: TaskDefinition): string[] {
  if (!task.returns) throw new Error(`${task.name} says nothing of what it returns`);
  if (task.key && !task.keyInWords) throw new Error(`${task.name} has a key without words for it`);
  const fields = fieldsOf(z.toJSONSchema(task.args, { io: "input" }));
  return [
    `## ${task.name}`,
    "",
    ...sourceLines(task.description),
    "",
    ...(fields.length === 0
      ? ["It takes no arguments.", ""]
      : ["| argument | type | default |", "|---|---|---|", ...fields.map(argumentRow), ""]),
    `- **Queue**: \`${task.queue}\`.`,
    ...sourceLines(`- **Retries**: ${retryWords(task.retry)}`, "  "),
    `- **Limits**: warned after ${task.softLimitSeconds} s (soft), cut off after ${task.hardLimitSeconds} s (hard).`,
    `- **Unique key**: ${task.keyInWords ?? "none; a caller may give one (`unique`)."}`,
    ...sourceLines(`- **Result**: ${task.returns}`, "  "),
    "",
    "```json",
    JSON.stringify({ name: task.name, args: exampleArgs(fields) }),
    "```",
    "",
  ];
}

const LINE_CHARS_MAX = 200;

/** One sentence a source line. A longer sentence goes on in the next line, after one of its commas. */
function sourceLines(text: string, indent = ""): string[] {
  const lines: string[] = [];
  for (const sentence of text.split(/(?<=\.) (?=[A-Z])/)) {
    let rest = lines.length === 0 ? sentence : indent + sentence;
    while (rest.length > LINE_CHARS_MAX) {
      const comma = rest.lastIndexOf(", ", LINE_CHARS_MAX - 1);
      if (comma < 0) break;
      lines.push(rest.slice(0, comma + 1));
      rest = indent + rest.slice(comma + 2);
    }
    lines.push(rest);
  }
  return lines;
}

function argumentRow(field: NamedField): string {
  const otherwise = field.default === undefined ? "may be left out" : `\`${JSON.stringify(field.default)}\``;
  return `| \`${field.name}\` | ${typeWords(field, (text) => `\`${text}\``)} | ${field.required ? "required" : otherwise} |`;
}

const EXAMPLE_ID = "01a20e0b-577e-72d5-bf7a-43cd15fc1ff0";

/** What is required, in the shape that the schema wants. */
function exampleArgs(fields: readonly NamedField[]): Record<string, unknown> {
  const value = (field: SchemaField): unknown => {
    if (field.format === "uuid") return EXAMPLE_ID;
    if (field.type === "array") return [value(field.items ?? {})];
    return field.type === "integer" || field.type === "number" ? (field.minimum ?? 0) : (field.enum?.[0] ?? "");
  };
  return Object.fromEntries(fields.filter(({ required }) => required).map((field) => [field.name, value(field)]));
}

function retryWords(policy: RetryPolicy): string {
  if (policy.retries === 0) return "none.";
  const delays = Array.from(
    { length: policy.retries },
    (_, n) => (retryDelayMs(policy, n + 1, "task.failed", 0) ?? 0) / 1000,
  );
  const jitter =
    policy.jitterFraction > 0 ? `, each up to ${Math.round(policy.jitterFraction * 100)} % more by chance` : "";
  return [
    `${policy.retries}, so ${maxAttempts(policy)} attempts; after ${delays.join(", ")} s${jitter}.`,
    ...neverWords(policy),
  ].join(" ");
}

/** What a policy changes of the rule that the head of the page tells. */
function neverWords({ never }: RetryPolicy): string[] {
  const listed = (codes: readonly string[]) => codes.map((code) => `\`${code}\``).join(", ");
  const usual = finalCodes();
  const passing = usual.filter((code) => !never.includes(code));
  const added = never.filter((code) => !usual.includes(code));
  return [
    ...(passing.length > 0 ? [`This task is also retried after ${listed(passing)}.`] : []),
    ...(added.length > 0 ? [`This task is not retried after ${listed(added)} either.`] : []),
  ];
}
