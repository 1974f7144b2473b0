/** Makes JSON answers readable in a terminal: each one ends its line, and `?pretty` indents it. */
import { createMiddleware } from "hono/factory";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { HttpContext, HttpEnv } from "./context.ts";
import { PRETTY } from "./request/validation.ts";

const JSON_TYPE = /^application\/(problem\+)?json\b/;
const INDENT = 2;

type HeaderRecord = Readonly<Record<string, string | string[]>>;

export const readableJson = createMiddleware<HttpEnv>(async (c, next) => {
  // Routes answer by c.json. Here it adds the line feed or the indent while it writes the text. An answer that did not come this way,
  // such as a problem, is read and written once more below, which costs as much as writing it did.
  const plain = c.json as (value: unknown, init: ResponseInit) => Response;
  const json = (value: unknown, status?: ContentfulStatusCode | ResponseInit, headers?: HeaderRecord) => {
    if (typeof status === "object") return plain(value, status);
    c.set("isReadable", true);
    return c.body(readable(c, JSON.stringify(value)), status, { ...headers, "content-type": "application/json" });
  };
  c.json = json as unknown as typeof c.json;
  await next();
  const answer = c.res;
  // After a failure the answer is another one than the route's.
  const isReadable = c.get("isReadable") && c.error === undefined;
  if (isReadable || answer.body === null || !JSON_TYPE.test(answer.headers.get("content-type") ?? "")) return;
  const text = await answer.text();
  // Hono would copy the headers of the old answer into the new one.
  c.res = undefined;
  c.res = new Response(readable(c, text), answer);
});

/** An answer of JSON that is text already, such as a round's page of 50 KB: it is not read and written once more. */
export function jsonText(c: HttpContext, text: string): Response {
  c.set("isReadable", true);
  return c.body(readable(c, text), 200, { "content-type": "application/json" });
}

function readable(c: HttpContext, text: string): string {
  const pretty = c.req.query(PRETTY);
  const isPretty = pretty === "" || pretty === "true";
  return `${isPretty ? JSON.stringify(JSON.parse(text), null, INDENT) : text}\n`;
}
