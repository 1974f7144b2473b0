/**
 * Middlewares that parse what a route takes. They run before its handler, in the order of the checks. The handler reads
 * the parsed values by `c.req.valid`, and Hono's client gets their types.
 */
import type { Input, MiddlewareHandler, ValidationTargets } from "hono";
import type { z } from "zod";
import type { ErrorCode } from "../../core/error-codes.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
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

/** What a handler takes: /openapi.json describes it. */
export interface Taken {
  readonly target: "json" | "query";
  readonly schema: z.ZodObject;
  readonly isOptional: boolean;
}

const taken = new WeakMap<object, Taken>();

export function takenBy(handler: object): Taken | null {
  return taken.get(handler) ?? null;
}

export function jsonBody<S extends z.ZodObject>(schema: S): Takes<Json<S>> {
  const handler: Takes<Json<S>> = takes("json", (c) => parseBody(c, schema));
  taken.set(handler, { target: "json", schema, isOptional: false });
  return handler;
}

/** No body at all means {}. */
export function optionalJsonBody<S extends z.ZodObject>(
  schema: S,
): Takes<{ in: { json?: z.input<S> }; out: { json: z.output<S> } }> {
  const handler: ReturnType<typeof optionalJsonBody<S>> = takes("json", (c) => parseOptionalBody(c, schema));
  taken.set(handler, { target: "json", schema, isOptional: true });
  return handler;
}

/** Whether a route reads a query. A route that does refuses the names that it does not know. */
export function takesQuery(handlers: readonly object[]): boolean {
  return handlers.some((handler) => taken.get(handler)?.target === "query");
}

export function queryOf<S extends z.ZodObject>(
  schema: S,
): Takes<{ in: { query: z.input<S> }; out: { query: z.output<S> } }> {
  const handler: ReturnType<typeof queryOf<S>> = takes("query", (c) => parseQuery(c, schema));
  taken.set(handler, { target: "query", schema, isOptional: true });
  return handler;
}

/** What the path names. `find` throws when it is not there. */
export function pathOf<T extends object>(find: (c: HttpContext) => T | Promise<T>): Takes<{ out: { param: T } }> {
  return takes("param", find);
}

export type TakesId = { out: { param: { id: string } } };

/** The path's `:id`. Text that is no UUID is answered as `notFound`. */
export function idOf(notFound: ErrorCode): Takes<TakesId> {
  return pathOf((c) => ({ id: pathId(c.req.param("id"), notFound) }));
}
