/** The filter of a list of tasks, the same in a query string and in the body of a bulk job. */
import { z } from "zod";
import { queueNames } from "../core/message.ts";
import { taskStates } from "../db/statements/task-counts.ts";
import type { TaskFilter } from "../db/statements/task-filter.ts";
import { timeField, uuidField } from "./fields.ts";

const statesMessage = `must be one of: ${taskStates.join(", ")}, or several with commas between`;

export const filterFields = {
  state: z
    .string()
    .transform((text) => [...new Set(text.split(","))])
    .pipe(z.array(z.enum(taskStates, { error: statesMessage })).max(taskStates.length))
    .optional(),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,79}$/, "must be the name of a task")
    .optional(),
  queue: z.enum(queueNames).optional(),
  agent_id: uuidField.optional(),
  entry_id: uuidField.optional(),
  tournament_id: uuidField.optional(),
  signature: z.string().max(500).optional(),
  since: timeField.optional(),
  until: timeField.optional(),
  finished_since: timeField.optional(),
  /** Trigrams need three characters. */
  q: z.string().trim().min(3).max(200).optional(),
};
const others = z.union([z.string().max(200), z.number(), z.boolean()]);
const ARG = /^args(\.[A-Za-z0-9_-]{1,80}){1,5}$/;
const ARGS_MAX = 8;

interface Issues {
  addIssue(issue: { code: "custom"; path: string[]; message: string }): void;
}

/** What stands beside the named fields must be args.KEY. */
function checkOthers(value: Record<string, unknown>, known: Record<string, unknown>, issues: Issues): void {
  const extra = Object.keys(value).filter((key) => !Object.hasOwn(known, key));
  for (const key of extra.filter((name) => !ARG.test(name))) {
    issues.addIssue({ code: "custom", path: [key.slice(0, 100)], message: "is not a field here" });
  }
  if (extra.length > ARGS_MAX) {
    issues.addIssue({ code: "custom", path: ["args"], message: `must be at most ${ARGS_MAX} conditions` });
  }
}

/** `fields`: what the query string or body has beside the filter. */
export function withFilter<F extends z.ZodRawShape>(fields: F) {
  const known = { ...filterFields, ...fields };
  return z
    .object(known)
    .catchall(others)
    .superRefine((value, issues) => checkOthers(value, known, issues));
}

export const taskFilterBody = withFilter({});

type Parsed = { [K in keyof typeof filterFields]?: z.output<(typeof filterFields)[K]> } & Record<string, unknown>;

export function filterOf(parsed: Parsed): TaskFilter {
  const args = Object.entries(parsed).flatMap(([key, value]) =>
    ARG.test(key) ? [{ path: key.split(".").slice(1), value: String(value) }] : [],
  );
  return {
    states: parsed.state ?? null,
    name: parsed.name ?? null,
    queue: parsed.queue ?? null,
    agentId: parsed.agent_id ?? null,
    entryId: parsed.entry_id ?? null,
    tournamentId: parsed.tournament_id ?? null,
    signature: parsed.signature || null,
    since: parsed.since ?? null,
    until: parsed.until ?? null,
    finishedSince: parsed.finished_since ?? null,
    q: parsed.q ?? null,
    args,
  };
}

/** No condition at all. */
export function isEmptyFilter(filter: TaskFilter): boolean {
  return Object.values(filter).every((part) => part === null || (Array.isArray(part) && part.length === 0));
}

/** The roll-up knows names, queues and states, and nothing else. */
export function isCountable(filter: TaskFilter): boolean {
  return isEmptyFilter({ ...filter, states: null, name: null, queue: null });
}
