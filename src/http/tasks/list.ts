/** GET /tasks: lists, searches and sorts, for operators. */
import { Hono } from "hono";
import { z } from "zod";
import { sha256Hex } from "../../core/text/canonical.ts";
import type { Query } from "../../db/query.ts";
import { countTasks } from "../../db/statements/metrics/task-counts.ts";
import { wireAbout } from "../../db/statements/tasks/about.ts";
import type { TaskFilter } from "../../db/statements/tasks/filter.ts";
import { type ListedTask, listTasks } from "../../db/statements/tasks/list.ts";
import { listByRuntime, type TimedTask } from "../../db/statements/tasks/list-by-runtime.ts";
import type { HttpEnv } from "../context.ts";
import { queryOf } from "../request/inputs.ts";
import { ownId, type PageAsked, pageFields, readPage, readPageById } from "../request/paging.ts";
import { requireViewer } from "../session/rights.ts";
import { filterOf, isCountable, withFilter } from "./filter.ts";
import { wireTask } from "./wire.ts";

const sorts = ["-received", "received", "-runtime", "runtime"] as const;
type Sort = (typeof sorts)[number];

const taskListQuery = withFilter({
  ...pageFields,
  /** A minus: the greatest first. By runtime only tasks that ran and ended are listed. */
  sort: z.enum(sorts).default("-received"),
});

const runtimeKey = z.tuple([z.string().regex(/^\d{1,16}$/), z.guid()]);

export const taskListRoutes = new Hono<HttpEnv>()
  /** `counts` by state, whatever states the filter names; null when it has other conditions than state, name and queue. */
  .get("/tasks", requireViewer, queryOf(taskListQuery), async (c) => {
    const { limit, cursor, sort, ...parsed } = c.req.valid("query");
    const { query } = c.get("deps");
    const filter = await filterOf(query, parsed);
    const [tasks, counts] = await Promise.all([
      readTasks(query, filter, sort, { limit, cursor }),
      isCountable(filter) ? countTasks(query, filter) : null,
    ]);
    return c.json({ ...tasks, counts });
  });

async function readTasks(query: Query, filter: TaskFilter, sort: Sort, asked: PageAsked) {
  const name = `tasks ${sort} ${(await sha256Hex(JSON.stringify(filter))).slice(0, 32)}`;
  if (sort === "received" || sort === "-received") {
    const order = sort === "received" ? "oldest" : "newest";
    const read = (beyond: string | null, rows: number) => listTasks(query, filter, order, beyond, rows);
    return readPageById(asked, { name, idOf: ownId, read, toItem: wireListed });
  }
  return readPage(asked, {
    name,
    key: runtimeKey,
    keyOf: (row: TimedTask) => [String(row.micros), row.id],
    read: (beyond, rows) => {
      const key = beyond && { micros: Number(beyond[0]), id: beyond[1] };
      return listByRuntime(query, filter, sort === "-runtime" ? "slowest" : "fastest", key, rows);
    },
    toItem: wireListed,
  });
}

function wireListed(row: ListedTask) {
  return { ...wireTask(row, true), about: wireAbout(row) };
}
