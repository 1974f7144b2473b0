/** Adding a task is one file (greet.ts) and one registry line (registry.ts): typed from schema to handler to HTTP to client. */
import { exports } from "cloudflare:workers";
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { taskClient } from "../../src/http/task-client.ts";
import { defineTask } from "../../src/tasks/define.ts";
import { call, finished, KEY } from "./arrange.ts";
import { greet } from "./greet.ts";
import file from "./greet.ts?raw";

const client = taskClient((path, init) => {
  const headers = new Headers(init?.headers);
  headers.set("authorization", `Bearer ${KEY}`);
  return exports.default.fetch(`https://agonus.test${path}`, { ...init, headers });
});

test("a task of twenty lines is enqueued over HTTP, runs in the queue's consumer, and its result comes back typed", async () => {
  expect(file.trim().split("\n").length + 1).toBeLessThanOrEqual(20);
  const id = await client.enqueue(greet, { name: "Ada", times: 2 });
  const result = await client.result(greet, id);
  expect(result).toEqual({ greeting: "Hello, Ada! Hello, Ada!" });
  expectTypeOf(result).toEqualTypeOf<{ greeting: string } | null>();
  expect((await call("GET", `/tasks/${id}`)).body).toMatchObject({ name: "greet", queue: "agents", state: "SUCCESS" });
});

test("what doesn't fit its schema doesn't compile, and is refused with its path where it comes all the same", async () => {
  // @ts-expect-error there is no default for a name
  await expect(client.enqueue(greet, { times: 2 })).rejects.toMatchObject({ code: "task.bad_args" });
  // @ts-expect-error a number of times is a number
  await expect(client.enqueue(greet, { name: "Ada", times: "2" })).rejects.toThrow("args.times");
  // @ts-expect-error nothing else is taken
  await expect(client.enqueue(greet, { name: "Ada", loud: true })).rejects.toThrow("loud");
  // @ts-expect-error a greeting is text
  defineTask({ ...greet, run: async () => ({ kind: "success", result: { greeting: 1 } }) });
  // @ts-expect-error arguments are what the schema says
  defineTask({ ...greet, run: async ({ nickname }) => ({ kind: "success", result: { greeting: nickname } }) });
});

test("what it ends with in place of a result is said with its code, and a wait that ends early is no result", async () => {
  const later = await client.enqueue(greet, { name: "Ada" }, { countdown: 3600 });
  expect(await client.result(greet, later, 0)).toBeNull();
  expect((await call("POST", `/tasks/${later}/cancel`)).status).toBe(200);
  await finished(later);
  await expect(client.result(greet, later)).rejects.toMatchObject({ code: "task.cancelled" });
  const unknown = defineTask({
    ...greet,
    name: "unheard_of",
    result: z.object({}),
    run: async () => ({ kind: "success", result: {} }),
  });
  await expect(client.enqueue(unknown, { name: "Ada" })).rejects.toMatchObject({ code: "task.unknown_name" });
});

test("it is registered like the Worker's own, with its arguments and its result as JSON Schema", async () => {
  const { body } = await call("GET", "/inspect/registered");
  expect(body.items.find(({ name }: { name: string }) => name === "greet")).toMatchObject({
    description: "Greets somebody by name.",
    args: { required: ["name"] },
    result: { properties: { greeting: { type: "string" } } },
  });
});
