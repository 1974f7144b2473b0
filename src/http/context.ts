/** What a request carries through the routes. */
import type { Context, Env } from "hono";
import type { HttpDeps } from "./deps.ts";

export interface HttpEnv extends Env {
  Variables: {
    deps: HttpDeps;
    /** True when the request brought the right operator key, or the cookie of a session. */
    operator: boolean;
    /** When that session ends, in epoch milliseconds; null without one. */
    sessionEnds: number | null;
    /** The body as text, read once within the limit; "" when there is none. */
    body: string;
  };
}
export type HttpContext = Context<HttpEnv>;
