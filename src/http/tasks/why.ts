/** GET /tasks/{id}/why: open to all, like the task. Names of operators and texts of errors are for operators. */
import { Hono } from "hono";
import { CodedError } from "../../core/error-codes.ts";
import { whyLines } from "../../core/why/lines.ts";
import { why } from "../../core/why/why.ts";
import { readWhyFacts } from "../../db/statements/tasks/why-facts.ts";
import type { HttpEnv } from "../context.ts";
import { hideTask } from "../practice/private.ts";
import { idOf } from "../request/inputs.ts";
import { seesAll } from "../session/caller.ts";

export const taskWhyRoutes = new Hono<HttpEnv>().get("/tasks/:id/why", idOf("task.not_found"), async (c) => {
  const { id } = c.req.valid("param");
  await hideTask(c, id);
  const stored = await readWhyFacts(c.get("deps").query, id);
  if (!stored) throw new CodedError("task.not_found");
  const operator = seesAll(c);
  const { in_open_round, ...all } = stored;
  // The error of a decision may quote the agent's answer.
  const facts = in_open_round && !operator ? { ...all, error_code: null, error_message: null, last_why: null } : all;
  const { read_at, cron_age_seconds, beat_age_seconds, consumer_age_seconds, ...own } = facts;
  return c.json({
    task_id: id,
    state: facts.state,
    ...why(facts, operator),
    lines: whyLines(facts, operator),
    /** The task and its queue are read now. Clocks and consumers were last heard of so many seconds ago. */
    facts_age: {
      read_at,
      cron_seconds: cron_age_seconds,
      beat_seconds: beat_age_seconds,
      consumers_seconds: consumer_age_seconds,
    },
    ...(operator ? { facts: own } : {}),
  });
});
