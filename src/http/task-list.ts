/** GET /tasks: lists and searches, for operators. */
import { Hono } from "hono";
import { sha256Hex } from "../core/canonical.ts";
import { countTasks } from "../db/statements/task-counts.ts";
import { listTasks } from "../db/statements/task-list.ts";
import { requireOperator } from "./auth.ts";
import type { HttpEnv } from "./context.ts";
import { queryOf } from "./inputs.ts";
import { idKey, page, pageFields, readCursor } from "./paging.ts";
import { filterOf, isCountable, withFilter } from "./task-filter.ts";
import { wireTask } from "./task-wire.ts";

export const taskListQuery = withFilter(pageFields);

export const taskListRoutes = new Hono<HttpEnv>()
  /** `counts` by state, whatever state is asked for; null where other conditions than name and queue hold. */
  .get("/tasks", requireOperator, queryOf(taskListQuery), async (c) => {
    const { limit, cursor, ...parsed } = c.req.valid("query");
    const filter = filterOf(parsed);
    const list = `tasks ${(await sha256Hex(JSON.stringify(filter))).slice(0, 32)}`;
    const before = readCursor(cursor, list, idKey);
    const { query } = c.get("deps");
    const [rows, counts] = await Promise.all([
      listTasks(query, filter, before?.[0] ?? null, limit + 1),
      isCountable(filter) ? countTasks(query, filter) : null,
    ]);
    const items = page(
      rows,
      limit,
      list,
      (row) => [row.id],
      (row) => wireTask(row, true),
    );
    return c.json({ ...items, counts });
  });
