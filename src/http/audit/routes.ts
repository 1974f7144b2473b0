/**
 * Records every write with a key in the audit before the write begins. A write that can't be recorded is answered 503
 * and not done. A write that is recorded and then refused gets a second row, with the status and the code of its answer.
 */
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { storableText } from "../../core/storable.ts";
import { type AuditRow, listAudit, REFUSED, writeAudit } from "../../db/statements/audit/audit.ts";
import { namesOf } from "../../db/statements/audit/names.ts";
import { describeError } from "../../log.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { codedError } from "../problem.ts";
import { keepsOwnRecord } from "../request/body.ts";
import { timeField } from "../request/fields.ts";
import { queryOf } from "../request/inputs.ts";
import { ownId, pageFields, readPageById, unchanged } from "../request/paging.ts";
import { actorOf } from "../session/caller.ts";
import { requireViewer } from "../session/rights.ts";
import { auditDetails } from "./details.ts";

const TARGET_CHARS_MAX = 200;
const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Runs behind recogniseCaller and readBody, which say who writes and what, and behind checkRights: what a key may not do
 * leaves no row. Decisions of agents leave none either: they are rows of their own, with what was sent.
 */
export const auditWrites = createMiddleware<HttpEnv>(async (c, next) => {
  if (c.req.method === "POST" && keepsOwnRecord(c.req.path)) return next();
  const found = READS.has(c.req.method) || c.get("caller") === null ? null : routeOf(c);
  if (!found) return next();
  const deps = c.get("deps");
  const entry = {
    id: deps.newId(),
    actor: actorOf(c),
    action: `${c.req.method} ${found.path}`,
    target: found.target,
    details: { ...found.others, ...auditDetails(c.get("body"), c.req.queries()) },
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
    // Nothing was done, so the refusal needs no row to be safe. The log has what the audit could not store.
    deps.log({ event: "fault", where: "audit.refused", ...describeError(error) });
  }
});

interface Written {
  readonly path: string;
  /** The first parameter of its path. */
  readonly target: string | null;
  /** The other parameters, by name. */
  readonly others: Readonly<Record<string, string>>;
}

/** The route that will answer; null for a path that has none. */
function routeOf(c: HttpContext): Written | null {
  // The middlewares of the app are routes for all methods.
  const route = matchedRoutes(c).find(({ method }) => method !== "ALL");
  if (!route) return null;
  const parts = c.req.path.split("/");
  const [first, ...others] = route.path
    .split("/")
    .flatMap((part, i) =>
      part.startsWith(":") ? [[part.slice(1), storableText(parts[i] ?? "", TARGET_CHARS_MAX)] as const] : [],
    );
  return { path: route.path, target: first?.[1] ?? null, others: Object.fromEntries(others) };
}

const auditListQuery = z.strictObject({
  ...pageFields,
  /** As the list shows it: "POST /tasks/:id/cancel", "bulk.retry". */
  action: z.string().max(200).optional(),
  since: timeField.optional(),
});

export const auditRoutes = new Hono<HttpEnv>().get("/audit", requireViewer, queryOf(auditListQuery), async (c) => {
  const { action = null, since = null, ...asked } = c.req.valid("query");
  const { query } = c.get("deps");
  const entries = await readPageById(asked, {
    name: `audit ${JSON.stringify([action, since])}`,
    idOf: ownId,
    read: (before, rows) => listAudit(query, { action, since, before }, rows),
    toItem: unchanged,
  });
  return c.json({ ...entries, names: await namesOf(query, entries.items.flatMap(idsIn)) });
});

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
/** So many ids of one record are looked up: a selection may name thousands. */
const IDS_MAX = 10;

/** The ids that a record names: its target, and those in the body of its request. */
function idsIn({ target, details }: AuditRow): string[] {
  const found: string[] = [];
  const look = (value: unknown): void => {
    if (found.length >= IDS_MAX) return;
    if (typeof value === "string") found.push(...(UUID.exec(value)?.slice(0, 1) ?? []));
    else if (typeof value === "object" && value !== null) for (const part of Object.values(value)) look(part);
  };
  look(target);
  look(details);
  return found;
}
