/**
 * Every write of an operator is a row of the audit before it begins: a write that can't be recorded is answered 503 and
 * not done, so that nothing is ever done unrecorded. What is refused after all gets a second row that says so.
 */
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { CodedError } from "../core/error-codes.ts";
import { listAudit, REFUSED, writeAudit } from "../db/statements/audit.ts";
import { describeError } from "../log.ts";
import { auditDetails } from "./audit-details.ts";
import { requireOperator } from "./auth.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { timeField } from "./fields.ts";
import { queryOf } from "./inputs.ts";
import { idKey, page, pageFields, readCursor } from "./paging.ts";
import { codedError } from "./problem.ts";

interface Route {
  readonly method: string;
  readonly path: string;
}

const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/** `routes`: those of the app, asked for when a request comes. Stands behind recogniseOperator and readBody. */
export function auditWrites(routes: () => readonly Route[]) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const found = READS.has(c.req.method) || !c.get("operator") ? null : routeOf(routes(), c);
    if (!found) return next();
    const deps = c.get("deps");
    const entry = {
      id: deps.newId(),
      actor: "operator",
      action: `${c.req.method} ${found.path}`,
      target: found.target,
      details: auditDetails(c.get("body"), c.req.queries()),
      correlationId: deps.correlationId,
    };
    try {
      await writeAudit(deps.query, entry);
    } catch (error) {
      throw new CodedError("internal.audit", undefined, undefined, { cause: error });
    }
    await next();
    if (c.res.status < 400) return;
    const code = c.error ? codedError(c.error).code : null;
    try {
      const details = { status: c.res.status, code };
      await writeAudit(deps.query, { ...entry, id: deps.newId(), action: REFUSED, target: entry.id, details });
    } catch (error) {
      // The refusal stands either way: nothing was done, and the log says what the audit can't.
      deps.log({ event: "fault", where: "audit.refused", ...describeError(error) });
    }
  });
}

/** The route that will answer, and the first parameter of its path. */
function routeOf(routes: readonly Route[], c: HttpContext): { path: string; target: string | null } | null {
  const parts = c.req.path.split("/");
  for (const { method, path } of routes) {
    if (method !== c.req.method) continue;
    const pattern = path.split("/");
    const fits =
      pattern.length === parts.length && pattern.every((part, i) => part.startsWith(":") || part === parts[i]);
    if (!fits) continue;
    const at = pattern.findIndex((part) => part.startsWith(":"));
    return { path, target: at < 0 ? null : (parts[at] ?? "").slice(0, 200) };
  }
  return null;
}

export const auditListQuery = z.strictObject({
  ...pageFields,
  /** As it stands in the list: "POST /tasks/:id/cancel", "bulk.retry". */
  action: z.string().max(200).optional(),
  since: timeField.optional(),
});

export const auditRoutes = new Hono<HttpEnv>().get("/audit", requireOperator, queryOf(auditListQuery), async (c) => {
  const { limit, cursor, action = null, since = null } = c.req.valid("query");
  const list = `audit ${JSON.stringify([action, since])}`;
  const before = readCursor(cursor, list, idKey)?.[0] ?? null;
  const rows = await listAudit(c.get("deps").query, { action, since, before }, limit + 1);
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
