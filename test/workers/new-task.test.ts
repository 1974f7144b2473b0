/** Adding a task is one file (greet.ts) and one registry line (registry.ts): typed from schema to handler to HTTP to client. */
import { exports } from "cloudflare:workers";
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { defineTask } from "../../src/engine/task.ts";
import { taskClient } from "../../src/http/tasks/client.ts";
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

test("arguments that don't fit the schema do not compile, and over HTTP they are refused with their path", async () => {
  // @ts-expect-error the name is required
  await expect(client.enqueue(greet, { times: 2 })).rejects.toMatchObject({ code: "task.bad_args" });
  // @ts-expect-error the number of times must be a number
  await expect(client.enqueue(greet, { name: "Ada", times: "2" })).rejects.toThrow("args.times");
  // @ts-expect-error unknown members are refused
  await expect(client.enqueue(greet, { name: "Ada", loud: true })).rejects.toThrow("loud");
  // @ts-expect-error a greeting is text
  defineTask({ ...greet, run: async () => ({ kind: "success", result: { greeting: 1 } }) });
  // @ts-expect-error arguments are what the schema says
  defineTask({ ...greet, run: async ({ nickname }) => ({ kind: "success", result: { greeting: nickname } }) });
});

test("an ending without a result is returned with its code, and a wait that ends early gives no result", async () => {
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

test("the task is listed like the Worker's own tasks, with its arguments and its result as JSON Schema", async () => {
  const { body } = await call("GET", "/inspect/registered");
  expect(body.items.find(({ name }: { name: string }) => name === "greet")).toMatchObject({
    description: "Greets somebody by name.",
    args: { required: ["name"] },
    result: { properties: { greeting: { type: "string" } } },
  });
});
