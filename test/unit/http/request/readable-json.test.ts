import { Hono } from "hono";
import { expect, test } from "vitest";
import type { HttpEnv } from "../../../../src/http/context.ts";
import { readableJson } from "../../../../src/http/readable-json.ts";

const problem = () =>
  new Response('{"code":"a.b"}', { status: 500, headers: { "content-type": "application/problem+json" } });

const app = new Hono<HttpEnv>()
  .use(readableJson)
  .use("/fails", async (_, next) => {
    await next();
    throw new Error("after the route has answered");
  })
  .get("/answers", (c) => c.json({ a: 1 }, 201, { "x-own": "kept" }))
  .get("/by-init", (c) => c.json({ a: 1 }, { status: 202, headers: { "x-own": "kept" } }))
  .get("/fails", (c) => c.json({ a: 1 }))
  .get("/problem", problem)
  .onError(problem);

test.each([
  ["/answers", 201, '{"a":1}\n', '{\n  "a": 1\n}\n'],
  ["/by-init", 202, '{"a":1}\n', '{\n  "a": 1\n}\n'],
  ["/problem", 500, '{"code":"a.b"}\n', '{\n  "code": "a.b"\n}\n'],
  ["/fails", 500, '{"code":"a.b"}\n', '{\n  "code": "a.b"\n}\n'],
])("%s ends its line, and is indented on demand", async (path, status, plain, pretty) => {
  const answer = await app.request(path);
  expect([answer.status, await answer.text()]).toEqual([status, plain]);
  expect(await (await app.request(`${path}?pretty`)).text()).toBe(pretty);
  if (status < 300) expect(answer.headers.get("x-own")).toBe("kept");
});
