/** A task as it goes over the wire. Stacks, and decisions of an open round, are for operators. */
import type { TaskRow } from "../db/statements/api-read-task.ts";

export function wireTask(row: TaskRow, operator: boolean) {
  const { id, open_round, result, error, ...rest } = row;
  return {
    task_id: id,
    name: rest.name,
    queue: rest.queue,
    state: rest.state,
    args: rest.args,
    result: operator ? result : withoutSecrets(result, open_round),
    error: error && wireError(error, operator),
    attempt: rest.attempt,
    max_attempts: rest.max_attempts,
    progress: rest.progress,
    created_at: rest.created_at,
    started_at: rest.started_at,
    finished_at: rest.finished_at,
  };
}

function withoutSecrets(result: TaskRow["result"], openRound: number | null) {
  if (result === null || openRound === null || result.round !== openRound) return result;
  const { outcome, round, recovered, performance } = result;
  return { outcome, round, orders: [], refused: [], reasoning: null, recovered, performance, hidden: true };
}

/** An error holds its attempts, each with a time and maybe a stack of its own. */
function wireError(error: object, operator: boolean): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(error).flatMap(([key, part]) => {
      if (key === "stack" && !operator) return [];
      return [[key, key === "at" && typeof part === "string" ? wireTime(part) : wirePart(part, operator)]];
    }),
  );
}

function wirePart(part: unknown, operator: boolean): unknown {
  if (Array.isArray(part)) return part.map((each) => wirePart(each, operator));
  return typeof part === "object" && part !== null ? wireError(part, operator) : part;
}

/** Times that stand in a row's JSON are as PostgreSQL writes them. */
export function wireTime(text: string): string {
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? text : moment.toISOString();
}
