/**
 * Which roles a route is for. A route names its rule by a middleware from this file. The rule of the route that will
 * answer is checked once, before the body and the query are looked at, and once more by the middleware itself.
 */
import type { Handler, MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import type { Role } from "../../core/access/roles.ts";
import { CodedError } from "../../core/error-codes.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import type { HttpDeps } from "../deps.ts";
import { Problem } from "../problem.ts";

export interface Rule {
  readonly roles: readonly Role[];
  /** The path's parameter that names an agent: a key of the role agent must belong to that agent. Null: to any agent. */
  readonly agentIn: string | null;
  /** Whether this deployment opens the route to all. */
  readonly isOpen?: (deps: HttpDeps) => boolean;
}

const rules = new WeakMap<object, Rule>();

function needs(rule: Rule): MiddlewareHandler<HttpEnv> {
  const middleware = createMiddleware<HttpEnv>(async (c, next) => {
    refuseUnless(c, rule, rule.agentIn === null ? undefined : c.req.param(rule.agentIn));
    await next();
  });
  rules.set(middleware, rule);
  return middleware;
}

/** What operators read. */
const READERS: readonly Role[] = ["viewer", "operator", "admin"];
const OPERATORS: readonly Role[] = ["operator", "admin"];

export const requireViewer = needs({ roles: READERS, agentIn: null });
export const requireOperator = needs({ roles: OPERATORS, agentIn: null });
/** As `requireViewer`, unless METRICS_OPEN opens the route. */
export const requireViewerOfMetrics = needs({ roles: READERS, agentIn: null, isOpen: (deps) => deps.metricsOpen });
/** Any key at all: the handler checks what the key may do. */
export const requireKey = needs({ roles: ["viewer", "agent", "operator", "admin"], agentIn: null });
/** The agent's own key, or an admin's. */
export const requireAgent = needs({ roles: ["agent", "admin"], agentIn: "id" });
export const requireAgentOrViewer = needs({ roles: ["agent", ...READERS], agentIn: "id" });
export const requireAgentOrOperator = needs({ roles: ["agent", ...OPERATORS], agentIn: "id" });
/** The same, where the agent is the path's second parameter. */
export const requireEntryAgentOrOperator = needs({ roles: ["agent", ...OPERATORS], agentIn: "agent_id" });

/** The rule of a route's handler. Null for a handler that is no rule. */
export function ruleOf(handler: Handler | MiddlewareHandler): Rule | null {
  return rules.get(handler) ?? null;
}

/** Throws 401 or 403 when the caller may not use the route that will answer. */
export const checkRights = createMiddleware<HttpEnv>(async (c, next) => {
  for (const { handler, path } of matchedRoutes(c)) {
    const rule = ruleOf(handler);
    if (rule !== null) refuseUnless(c, rule, rule.agentIn === null ? undefined : paramOf(c, path, rule.agentIn));
  }
  await next();
});

/** A parameter of a route whose turn has not come yet. */
function paramOf(c: HttpContext, routePath: string, name: string): string | undefined {
  return c.req.path.split("/")[routePath.split("/").indexOf(`:${name}`)];
}

function refuseUnless(c: HttpContext, rule: Rule, agentId: string | undefined): void {
  const deps = c.get("deps");
  if (rule.isOpen?.(deps)) return;
  if (deps.operatorKey === null) throw new CodedError("auth.not_configured");
  const caller = c.get("caller");
  if (caller === null) {
    const unknown = c.get("callerFault");
    if (unknown !== null) throw unknown;
    throw new CodedError(c.req.header("authorization") === undefined ? "auth.required" : "auth.wrong_key");
  }
  const isRole = rule.roles.includes(caller.role);
  const isAgent = caller.role !== "agent" || rule.agentIn === null || caller.agentId === agentId?.toLowerCase();
  if (!isRole || !isAgent) throw forbidden(rule.roles, rule.agentIn !== null);
}

/** 403, with the least role that is needed. */
export function forbidden(needed: readonly Role[], ofThisAgent = false): Problem {
  const ofAgent = "the key of this agent";
  const others = needed.filter((role) => role !== "agent");
  const [least] = others;
  const roles = least === undefined ? [] : [`a key of the role ${least}`];
  const ways = needed.includes("agent") && ofThisAgent ? [ofAgent, ...roles] : roles;
  return new Problem("auth.forbidden", `This needs ${ways.join(" or ")}.`, { members: { needed_roles: needed } });
}
