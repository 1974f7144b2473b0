/** POST /mcp: a door of the arena (rounds/doors/door.ts), for models, by the Model Context Protocol (streamable HTTP, stateless). */
import { Hono } from "hono";
import { CodedError } from "../../core/error-codes.ts";
import { readJsonText } from "../../core/text/json-limits.ts";
import { describeError } from "../../log.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { forward } from "../forward.ts";

/** `api` answers a request that was made here. */
export function mcpRoutes(api: (request: Request) => Response | Promise<Response>): Hono<HttpEnv> {
  return new Hono<HttpEnv>().post("/mcp", async (c) => {
    refuseOtherSites(c);
    const deps = c.get("deps");
    const { serveMcp } = await import("./serve.ts");
    const { url, method, headers } = c.req.raw;
    const body = c.get("body");
    const report = (error: unknown) =>
      deps.log({ event: "fault", where: "mcp", ...describeError(error), correlation_id: deps.correlationId });
    return serveMcp(
      new Request(url, { method, headers, body }),
      parsed(body),
      deps.codeVersion,
      { caller: c.get("caller"), query: deps.query, ask: async (...asked) => api(requestOf(c, ...asked)) },
      report,
    );
  });
}

/** A page of another site must not use a door that it can reach through its visitor's browser. */
function refuseOtherSites(c: HttpContext): void {
  const origin = c.req.header("origin");
  if (origin === undefined) return;
  if (URL.canParse(origin) && new URL(origin).host === new URL(c.req.url).host) return;
  throw new CodedError("auth.cross_site", "A page of another site can't use this path.");
}

/** Undefined for what is no JSON: the protocol has an answer of its own to that. */
function parsed(body: string): unknown {
  try {
    return readJsonText(body);
  } catch {
    return undefined;
  }
}

function requestOf(c: HttpContext, method: string, path: string, body?: unknown): Request {
  const headers = new Headers({ accept: "application/json" });
  // Wrong invite codes are counted by the client's address.
  const address = c.req.header("cf-connecting-ip");
  if (address !== undefined) headers.set("cf-connecting-ip", address);
  const request = new Request(new URL(path, c.req.url), {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return forward(request, { deps: c.get("deps"), caller: c.get("caller"), door: "mcp" });
}
