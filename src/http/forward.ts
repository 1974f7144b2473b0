/**
 * Requests that the API makes of itself for a caller whom it has recognised: a tool of the MCP door asks the routes of REST.
 * So both doors have one behaviour.
 */
import type { Door } from "../rounds/doors/door.ts";
import type { Caller } from "./context.ts";
import type { HttpDeps } from "./deps.ts";

export interface Forwarded {
  readonly deps: HttpDeps;
  readonly caller: Caller | null;
  /** The door by which the caller came in. */
  readonly door: Door;
}

// By the object itself: no header that a client sends can look like this.
const forwarded = new WeakMap<Request, Forwarded>();

/** Marks a request that was made here. */
export function forward(request: Request, by: Forwarded): Request {
  forwarded.set(request, by);
  return request;
}

/** Null for a request from outside. */
export function forwardedBy(request: Request): Forwarded | null {
  return forwarded.get(request) ?? null;
}
