/** GET /dead-letters: messages that the platform gave up on, with what became of them. Operators only. */
import { Hono } from "hono";
import { z } from "zod";
import { queueNames } from "../core/message.ts";
import { listDeadLetters } from "../db/statements/dead-letter-list.ts";
import { requireOperator } from "./auth.ts";
import type { HttpEnv } from "./context.ts";
import { idKey, page, pageFields, readCursor } from "./paging.ts";
import { parseQuery } from "./validation.ts";

export const deadLetterRoutes = new Hono<HttpEnv>();

export const deadLetterQuery = z.strictObject({ ...pageFields, queue: z.enum(queueNames).optional() });

deadLetterRoutes.get("/dead-letters", requireOperator, async (c) => {
  const { limit, cursor, queue = null } = parseQuery(c, deadLetterQuery);
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
});
