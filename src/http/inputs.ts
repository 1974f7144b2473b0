/**
 * What a route takes, parsed by the middlewares that stand before its handler, in the order of the checks. Their types go
 * to the handler (`c.req.valid`), and with the route's own to whoever calls it by Hono's client.
 */
import type { Input, MiddlewareHandler, ValidationTargets } from "hono";
import type { BlankInput } from "hono/types";
import { z } from "zod";
import type { ErrorCode } from "../core/error-codes.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { pathId } from "./fields.ts";
import { parseBody, parseOptionalBody, parseQuery } from "./validation.ts";

type Takes<I extends Input> = MiddlewareHandler<HttpEnv, string, I>;

/** `parse` throws where the request doesn't fit. */
function takes<I extends Input>(
  target: keyof ValidationTargets,
  parse: (c: HttpContext) => object | Promise<object>,
): Takes<I> {
  return async (c, next) => {
    c.req.addValidatedData(target, await parse(c));
    await next();
  };
}

type Json<S extends z.ZodType> = { in: { json: z.input<S> }; out: { json: z.output<S> } };

export function jsonBody<S extends z.ZodObject>(schema: S): Takes<Json<S>> {
  return takes("json", (c) => parseBody(c, schema));
}

/** No body at all means {}. */
export function optionalJsonBody<S extends z.ZodObject>(
  schema: S,
): Takes<{ in: { json?: z.input<S> }; out: { json: z.output<S> } }> {
  return takes("json", (c) => parseOptionalBody(c, schema));
}

export function queryOf<S extends z.ZodObject>(
  schema: S,
): Takes<{ in: { query: z.input<S> }; out: { query: z.output<S> } }> {
  return takes("query", (c) => parseQuery(c, schema));
}

/** For who calls it by Hono's client there is nothing to give. */
export const noQuery: Takes<BlankInput> = takes("query", (c) => parseQuery(c, z.strictObject({})));

/** What the path names, as `find` finds it. */
export function pathOf<T extends object>(find: (c: HttpContext) => T | Promise<T>): Takes<{ out: { param: T } }> {
  return takes("param", find);
}

export type TakesId = { out: { param: { id: string } } };

/** The path's `:id`. What has no UUID's shape names nothing. */
export function idOf(notFound: ErrorCode): Takes<TakesId> {
  return pathOf((c) => ({ id: pathId(c.req.param("id"), notFound) }));
}
