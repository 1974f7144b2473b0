/** How long a task's last attempt took, or takes. */
import type { Task } from "../../api/answers.ts";
import { Duration, useNow } from "../../parts/text/time.tsx";

export const waits = ({ state }: Task): boolean => state === "PENDING" || state === "RETRY";

/** The seconds of the last attempt. A running attempt lasts until `now`, and has no time when `now` is null. */
export function runtimeOf({ state, started_at, finished_at }: Task, now: number | null = null): number | null {
  const end = finished_at !== null ? Date.parse(finished_at) : state === "STARTED" ? now : null;
  return started_at === null || end === null ? null : Math.max(0, (end - Date.parse(started_at)) / 1000);
}

/** Counts up while it runs. */
export function Runtime({ task }: { readonly task: Task }) {
  return <Duration measured seconds={runtimeOf(task, useNow())} />;
}
