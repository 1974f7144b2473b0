/** GET /tasks/{id}/why: open to all, like the task; who and with what words is for operators. */
import { Hono } from "hono";
import { CodedError } from "../core/error-codes.ts";
import { why } from "../core/why.ts";
import { whyLines } from "../core/why-lines.ts";
import { readWhyFacts } from "../db/statements/why-facts.ts";
import type { HttpEnv } from "./context.ts";
import { idOf } from "./inputs.ts";

export const taskWhyRoutes = new Hono<HttpEnv>().get("/tasks/:id/why", idOf("task.not_found"), async (c) => {
  const { id } = c.req.valid("param");
  const facts = await readWhyFacts(c.get("deps").query, id);
  if (!facts) throw new CodedError("task.not_found");
  const operator = c.get("operator");
  const { read_at, cron_age_seconds, beat_age_seconds, consumer_age_seconds, ...own } = facts;
  return c.json({
    task_id: id,
    state: facts.state,
    ...why(facts, operator),
    lines: whyLines(facts, operator),
    /** The task and its queue are read now; clocks and consumers were last heard of so long ago. */
    facts_age: {
      read_at,
      cron_seconds: cron_age_seconds,
      beat_seconds: beat_age_seconds,
      consumers_seconds: consumer_age_seconds,
    },
    ...(operator ? { facts: own } : {}),
  });
});
