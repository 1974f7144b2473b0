/** The filter of the task list. It is part of the address, so that a link keeps it. */
import { useEffect } from "react";
import { useSearchParams } from "wouter";
import type { Task } from "../../api/answers.ts";
import { withQuery } from "../../parts/with-query.ts";

export const taskStates = [
  "PENDING",
  "STARTED",
  "RETRY",
  "SUCCESS",
  "FAILURE",
  "REVOKED",
] as const satisfies readonly Task["state"][];

/** What GET /tasks takes, but for its paging and order. */
export type TaskFilter = Readonly<Record<string, string>>;

/** The conditions that the search box takes, with what a value of each looks like. */
export const conditions = {
  agent: "the agent's name",
  tournament: "the tournament's name",
  name: "the task's name",
  queue: "agents, trading or recovery",
  agent_id: "an id",
  entry_id: "an id",
  tournament_id: "an id",
  bulk_id: "a bulk job's id",
  signature: "a group of errors",
  since: "a time",
  until: "a time",
  finished_since: "a time",
} as const;
const NAMED: ReadonlySet<string> = new Set([...Object.keys(conditions), "state", "q"]);
const ARG = /^args(\.[A-Za-z0-9_-]{1,80}){1,5}$/;
const isFilter = (name: string): boolean => NAMED.has(name) || ARG.test(name);

export type TaskSort = "-received" | "received" | "-runtime" | "runtime";
const sorts: ReadonlySet<string> = new Set<TaskSort>(["-received", "received", "-runtime", "runtime"]);
const isSort = (text: string | null): text is TaskSort => text !== null && sorts.has(text);

let listPath = "/ops/tasks";
/** The address of the list as it was last shown: the way back from a task. */
export const lastListPath = (): string => listPath;

interface TaskView {
  readonly filter: TaskFilter;
  readonly sort: TaskSort;
  readonly setFilter: (next: TaskFilter) => void;
  readonly setSort: (next: TaskSort) => void;
}

/** The filter and the order, as the address has them. */
export function useTaskView(): TaskView {
  const [search, setSearch] = useSearchParams();
  const filter = Object.fromEntries([...search].filter(([name, value]) => isFilter(name) && value !== ""));
  const asked = search.get("sort");
  const sort = isSort(asked) ? asked : "-received";
  const ordered = (of: TaskSort) => (of === "-received" ? {} : { sort: of });
  const here = withQuery("/ops/tasks", { ...filter, ...ordered(sort) });
  useEffect(() => {
    listPath = here;
  }, [here]);
  const show = (next: TaskFilter, order: TaskSort) =>
    setSearch(new URLSearchParams({ ...next, ...ordered(order) }), { replace: true });
  return { filter, sort, setFilter: (next) => show(next, sort), setSort: (next) => show(filter, next) };
}

/** Parts of the text: words, and conditions whose values may stand in quotes of either kind. */
const PART = /(?:([^\s="']+)=)?(?:"([^"]*)"|'([^']*)'|(\S+))/g;

interface Parsed {
  readonly filter: TaskFilter;
  readonly fault: string | null;
}

/** The search box: words are text; `agent=DipBuyer`, `tournament="The house cup"`, `args.key=value` are conditions. */
export function parseSearch(text: string): Parsed {
  const filter: Record<string, string> = {};
  const words: string[] = [];
  for (const [, key, double, single, bare] of text.matchAll(PART)) {
    const value = double ?? single ?? bare ?? "";
    if (key === undefined) words.push(value);
    else if (isFilter(key) && key !== "state" && key !== "q") filter[key] = value;
    else
      return { filter, fault: `There is no condition ${key}: take ${Object.keys(conditions).join(", ")} or args.KEY.` };
  }
  const q = words.join(" ");
  if (q.length > 0 && q.length < 3) return { filter, fault: "Text needs three characters." };
  return { filter: q ? { ...filter, q } : filter, fault: null };
}

/** A value as it is typed: in quotes where it has to be. */
export function written(value: string): string {
  if (value !== "" && !/[\s"'=]/.test(value)) return value;
  return value.includes('"') ? `'${value.replaceAll("'", "")}'` : `"${value}"`;
}

/** The conditions of a filter as they are typed; states have their chips. */
export function searchText(filter: TaskFilter): string {
  const { state: _, q = "", ...rest } = filter;
  const text = /[="']/.test(q) ? written(q) : q;
  return [...Object.entries(rest).map(([name, value]) => `${name}=${written(value)}`), text].filter(Boolean).join(" ");
}

/** The filter as an operator reads it: "state FAILURE, agent DipBuyer". */
export function filterWords(filter: TaskFilter): string {
  return Object.entries(filter)
    .map(([name, value]) => (name === "q" ? `text "${value}"` : `${name.replaceAll("_", " ")} ${value}`))
    .join(", ");
}
