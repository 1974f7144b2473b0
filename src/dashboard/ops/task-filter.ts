/** The filter of the task list: it lives in the address, so that a link keeps it. */
import { useEffect } from "react";
import { useSearchParams } from "wouter";
import type { Task } from "../api/answers.ts";
import { withQuery } from "../parts/with-query.ts";

export const taskStates = [
  "PENDING",
  "STARTED",
  "RETRY",
  "SUCCESS",
  "FAILURE",
  "REVOKED",
] as const satisfies readonly Task["state"][];

/** What GET /tasks takes, but for its paging. */
export type TaskFilter = Readonly<Record<string, string>>;

const NAMED = new Set([
  "state",
  "name",
  "queue",
  "agent_id",
  "entry_id",
  "tournament_id",
  "signature",
  "since",
  "until",
  "finished_since",
  "q",
]);
const isFilter = (name: string): boolean => NAMED.has(name) || name.startsWith("args.");

let listPath = "/ops/tasks";
/** The list as it was looked at last: the way back from a task. */
export const lastListPath = (): string => listPath;

export function useTaskFilter(): readonly [TaskFilter, (next: TaskFilter) => void] {
  const [search, setSearch] = useSearchParams();
  const filter = Object.fromEntries([...search].filter(([name, value]) => isFilter(name) && value !== ""));
  const here = withQuery("/ops/tasks", filter);
  useEffect(() => {
    listPath = here;
  }, [here]);
  return [filter, (next) => setSearch(new URLSearchParams(next), { replace: true })];
}

/** The search box: words are text; `args.key=value`, `name=…`, `queue=…` and the like are conditions. */
export function parseSearch(text: string): { readonly filter: TaskFilter; readonly fault: string | null } {
  const filter: Record<string, string> = {};
  const words: string[] = [];
  for (const part of text.trim().split(/\s+/).filter(Boolean)) {
    const at = part.indexOf("=");
    const name = part.slice(0, at);
    if (at > 0 && isFilter(name) && name !== "state") filter[name] = part.slice(at + 1);
    else words.push(part);
  }
  const q = words.join(" ");
  if (q.length > 0 && q.length < 3) return { filter, fault: "Text needs three characters." };
  return { filter: q ? { ...filter, q } : filter, fault: null };
}

/** The conditions of a filter as they are typed; states have their chips. */
export function searchText(filter: TaskFilter): string {
  const { state: _, q = "", ...rest } = filter;
  return [...Object.entries(rest).map(([name, value]) => `${name}=${value}`), q].filter(Boolean).join(" ");
}
