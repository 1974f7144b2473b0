/** A task as it goes over the wire. Stacks, and decisions of an open round, are for operators. */
import type { TaskRow } from "../../db/statements/tasks/read.ts";

export function wireTask(row: TaskRow, operator: boolean) {
  const { id, result, error, ...rest } = row;
  return {
    task_id: id,
    name: rest.name,
    queue: rest.queue,
    state: rest.state,
    args: rest.args,
    result: operator ? result : openResult(row),
    error: operator ? error && wireError(error, true) : openError(row),
    attempt: rest.attempt,
    max_attempts: rest.max_attempts,
    progress: rest.progress,
    created_at: rest.created_at,
    started_at: rest.started_at,
    finished_at: rest.finished_at,
  };
}

/** The members of a result that are public while the round is open, by task. Others may tell whether the agent ordered. */
const OPEN_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  run_agent_decision: ["round", "recovered", "performance"],
  recover_agent_state: ["cause", "recoveries", "owed_decision", "sent", "round"],
};

function openResult({ name, result, open_round, in_open_round, tournament_over }: TaskRow): TaskRow["result"] {
  if (result === null) return null;
  // An agent mostly answers alike when it is asked twice on the same candles: a rehearsal tells what the agent will do.
  const rehearsal = result.outcome === "rehearsal" && !tournament_over;
  const ofEarlierRound = typeof result.round === "number" && open_round !== null && result.round < open_round;
  const inOpenRound = result.round === open_round || (in_open_round && name in OPEN_MEMBERS);
  if (!rehearsal && (open_round === null || ofEarlierRound || !inOpenRound)) return result;
  const members = OPEN_MEMBERS[name] ?? ["round"];
  return {
    ...Object.fromEntries(members.flatMap((member) => (member in result ? [[member, result[member]]] : []))),
    ...(name === "run_agent_decision"
      ? { outcome: rehearsal ? "rehearsal" : null, orders: [], refused: [], reasoning: null }
      : {}),
    hidden: true,
  };
}

/** The error of a failed decision quotes the agent's answer. */
function openError({ name, error, in_open_round }: TaskRow): Record<string, unknown> | null {
  if (error === null) return null;
  return in_open_round && name in OPEN_MEMBERS ? { hidden: true } : wireError(error, false);
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
  if (Array.isArray(part)) return part.map((item) => wirePart(item, operator));
  return typeof part === "object" && part !== null ? wireError(part, operator) : part;
}

/** Turns a time inside a row's JSON, which has PostgreSQL's form, into ISO 8601. */
export function wireTime(text: string): string {
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? text : moment.toISOString();
}
