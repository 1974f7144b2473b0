/** Checks the Host header. It becomes part of the request's URL, and a text that is no host would break what reads the URL. */
import { createMiddleware } from "hono/factory";
import { CodedError } from "../../core/error-codes.ts";
import type { HttpEnv } from "../context.ts";

/** A name or an IPv4 address, or an IPv6 address in brackets; then maybe a port. */
const HOST = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::\d{1,5})?$/i;

/** A slash in the header would change the URL's path, and an @ its host. */
export const checkHost = createMiddleware<HttpEnv>(async (c, next) => {
  const host = c.req.header("host");
  if ((host !== undefined && !HOST.test(host)) || !URL.canParse(c.req.url)) throw new CodedError("request.bad_host");
  await next();
});
