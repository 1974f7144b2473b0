/** Makes JSON answers readable in a terminal: each one ends its line, and `?pretty` indents it. */
import { createMiddleware } from "hono/factory";
import type { HttpEnv } from "./context.ts";
import { PRETTY } from "./request/validation.ts";

const JSON_TYPE = /^application\/(problem\+)?json\b/;
const INDENT = 2;

export const readableJson = createMiddleware<HttpEnv>(async (c, next) => {
  await next();
  const answer = c.res;
  if (answer.body === null || !JSON_TYPE.test(answer.headers.get("content-type") ?? "")) return;
  const text = await answer.text();
  const pretty = c.req.query(PRETTY);
  const isPretty = pretty === "" || pretty === "true";
  // Hono would copy the headers of the old answer into the new one.
  c.res = undefined;
  c.res = new Response(`${isPretty ? JSON.stringify(JSON.parse(text), null, INDENT) : text}\n`, answer);
});
