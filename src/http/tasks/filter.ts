/** The filter of a list of tasks, the same in a query string and in the body of a bulk job. */
import { z } from "zod";
import { limits } from "../../core/limits.ts";
import { queueNames } from "../../core/tasks/queues.ts";
import { notAField } from "../../core/text/echo.ts";
import type { Query } from "../../db/query.ts";
import { taskStates } from "../../db/statements/metrics/task-counts.ts";
import type { TaskFilter } from "../../db/statements/tasks/filter.ts";
import { idsByName } from "../../db/statements/tasks/names.ts";
import { timeField, uuidField } from "../request/fields.ts";
import { invalid } from "../request/validation.ts";

const nameIn = z.string().trim().min(1).max(limits.nameCharsMax);
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
  /** The whole name, whatever its case. */
  agent: nameIn.optional(),
  entry_id: uuidField.optional(),
  tournament_id: uuidField.optional(),
  tournament: nameIn.optional(),
  bulk_id: uuidField.optional(),
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

/** Every key that is no named field must be args.KEY. */
function checkOthers(value: Record<string, unknown>, known: Record<string, unknown>, issues: Issues): void {
  const extra = Object.keys(value).filter((key) => !Object.hasOwn(known, key));
  for (const key of extra.filter((name) => !ARG.test(name))) {
    issues.addIssue({ code: "custom", path: [key], message: notAField });
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

/** Throws a 422 for the name of an agent or a tournament that does not exist. */
export async function filterOf(query: Query, parsed: Parsed): Promise<TaskFilter> {
  const args = Object.entries(parsed).flatMap(([key, value]) =>
    ARG.test(key) ? [{ path: key.split(".").slice(1), value: String(value) }] : [],
  );
  return {
    states: parsed.state ?? null,
    name: parsed.name ?? null,
    queue: parsed.queue ?? null,
    agentIds: await idsOf(query, "agent", parsed),
    entryId: parsed.entry_id ?? null,
    tournamentIds: await idsOf(query, "tournament", parsed),
    bulkId: parsed.bulk_id ?? null,
    signature: parsed.signature || null,
    since: parsed.since ?? null,
    until: parsed.until ?? null,
    finishedSince: parsed.finished_since ?? null,
    q: parsed.q ?? null,
    args,
  };
}

const ONE = { agent: "an agent", tournament: "a tournament" } as const;

async function idsOf(query: Query, what: "agent" | "tournament", parsed: Parsed): Promise<readonly string[] | null> {
  const [id, name] = [parsed[`${what}_id`], parsed[what]];
  if (name === undefined) return id === undefined ? null : [id];
  if (id !== undefined) throw invalid([{ path: what, message: `does not go together with ${what}_id` }]);
  const ids = await idsByName(query, what, name);
  if (ids.length === 0) throw invalid([{ path: what, message: `must be the name of ${ONE[what]}` }]);
  return ids;
}

/** True for a filter without any condition. */
export function isEmptyFilter(filter: TaskFilter): boolean {
  return Object.values(filter).every((part) => part === null || (Array.isArray(part) && part.length === 0));
}

/** True when the stored counts can answer the filter: they are by name, queue and state. */
export function isCountable(filter: TaskFilter): boolean {
  return isEmptyFilter({ ...filter, states: null, name: null, queue: null });
}
