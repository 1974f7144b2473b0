import type { HttpContext } from "../context.ts";
import { Problem, problemResponse } from "../problem.ts";

const PATH_CHARS_SHOWN = 200;

/** The answer to a method that the path does not have. `methods`: those that it has, from Hono's method-not-allowed. */
export async function wrongMethod(c: HttpContext, methods: readonly string[]): Promise<Response> {
  // Hono has made the answer to an unknown path first, and would copy the headers of that answer into this one.
  await c.res.body?.cancel();
  c.res = undefined;
  const allow = [...methods, "OPTIONS"].sort().join(", ");
  if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
  const detail = `${c.req.path.slice(0, PATH_CHARS_SHOWN)} has ${allow}.`;
  return problemResponse(new Problem("request.method_not_allowed", detail, { headers: { allow } }));
}
