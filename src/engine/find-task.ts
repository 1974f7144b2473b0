/** Finds a task in the catalogue (src/tasks/registry.ts), which the engine is handed, and parses its arguments. */
import { CodedError } from "../core/error-codes.ts";
import { boundedErrors, notAField } from "../core/text/echo.ts";
import type { TaskDefinition, Tasks } from "./task.ts";

export function findTask(tasks: Tasks, name: string): TaskDefinition | null {
  return Object.hasOwn(tasks, name) ? (tasks[name] ?? null) : null;
}

/** Throws task.bad_args. Each wrong field has a path that begins with `args.` */
export function parseTaskArgs(definition: TaskDefinition, args: unknown): Record<string, unknown> {
  const parsed = definition.args.safeParse(args);
  if (parsed.success) return parsed.data;
  const errors = boundedErrors(
    parsed.error.issues.flatMap((issue) => {
      const path = ["args", ...issue.path].join(".");
      if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message }];
      return issue.keys.map((key) => ({ path: `${path}.${key}`, message: notAField }));
    }),
  );
  const [first] = errors;
  const rest = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  throw new CodedError("task.bad_args", first && `${first.path}: ${first.message}${rest}`, errors);
}
