/** GET /dead-letters: messages that the platform gave up on, with what became of them. Operators only. */
import { Hono } from "hono";
import { z } from "zod";
import { queueNames } from "../../core/tasks/queues.ts";
import { listDeadLetters } from "../../db/statements/dead-letters/list.ts";
import type { HttpEnv } from "../context.ts";
import { queryOf } from "../request/inputs.ts";
import { ownId, pageFields, readPageById, unchanged } from "../request/paging.ts";
import { requireViewer } from "../session/rights.ts";

const deadLetterQuery = z.strictObject({ ...pageFields, queue: z.enum(queueNames).optional() });

export const deadLetterRoutes = new Hono<HttpEnv>().get(
  "/dead-letters",
  requireViewer,
  queryOf(deadLetterQuery),
  async (c) => {
    const { queue = null, ...asked } = c.req.valid("query");
    const letters = await readPageById(asked, {
      name: `dead letters ${queue ?? ""}`,
      idOf: ownId,
      read: (before, rows) => listDeadLetters(c.get("deps").query, queue, before, rows),
      toItem: unchanged,
    });
    return c.json(letters);
  },
);
