/** GET /dead-letters: messages that the platform gave up on, with what became of them. Operators only. */
import { Hono } from "hono";
import { z } from "zod";
import { queueNames } from "../core/message.ts";
import { listDeadLetters } from "../db/statements/dead-letter-list.ts";
import { requireOperator } from "./auth.ts";
import type { HttpEnv } from "./context.ts";
import { queryOf } from "./inputs.ts";
import { idKey, page, pageFields, readCursor } from "./paging.ts";

export const deadLetterQuery = z.strictObject({ ...pageFields, queue: z.enum(queueNames).optional() });

export const deadLetterRoutes = new Hono<HttpEnv>().get(
  "/dead-letters",
  requireOperator,
  queryOf(deadLetterQuery),
  async (c) => {
    const { limit, cursor, queue = null } = c.req.valid("query");
    const list = `dead letters ${queue ?? ""}`;
    const before = readCursor(cursor, list, idKey)?.[0] ?? null;
    const rows = await listDeadLetters(c.get("deps").query, queue, before, limit + 1);
    return c.json(
      page(
        rows,
        limit,
        list,
        (row) => [row.id],
        (row) => row,
      ),
    );
  },
);
