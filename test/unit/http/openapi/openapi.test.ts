/** GET /openapi.json: every route, from its own schemas, in a document without a fault. */
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rightsTable } from "../../../../src/cli/docs/roles-page.ts";
import { operations } from "../../../../src/http/openapi/operations.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Answer, type Api, openApi } from "../../../support/http-app.ts";

let api: Api;
let document: Answer["body"];
beforeAll(async () => {
  api = await openApi();
  document = (await api.see("/openapi.json")).body;
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly unknown[];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Record<string, unknown>;
}
const all = (): [string, string, Operation][] =>
  Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [method, path, operation]),
  );

test("every route is there, closed where its rule says so, and nothing that isn't", () => {
  const there = all().map(([method, path]) => `${method.toUpperCase()} ${path}`);
  const rows = rightsTable();
  expect(there.sort()).toEqual(rows.map(({ route }) => route.replaceAll(/:(\w+)/g, "{$1}")).sort());
  const closed = rows.filter(({ may }) => may.anyone === "no").map(({ route }) => route.replaceAll(/:(\w+)/g, "{$1}"));
  const secured = all().filter(([, , { security }]) => security.length > 0);
  expect(secured.map(([method, path]) => `${method.toUpperCase()} ${path}`).sort()).toEqual(closed.sort());
});

test("what is said of routes is said of routes that are there", () => {
  const routes = new Set(rightsTable().map(({ route }) => route));
  expect(Object.keys(operations).filter((route) => !routes.has(route))).toEqual([]);
});

test("every operation has a summary of its own", () => {
  const summaries = all().map(([, , { summary }]) => summary);
  expect(summaries.filter((summary) => !/^[A-Z].{3,80}$/.test(summary))).toEqual([]);
  expect(new Set(summaries).size).toBe(summaries.length);
  const routes = rightsTable().map(({ route }) => route);
  expect(routes.filter((route) => operations[route] === undefined)).toEqual([]);
});

test("the document is OpenAPI 3.1 by the validator of others", async () => {
  expect(await new Validator().validate(document)).toEqual({ valid: true });
  // The validator sees a fault that is there.
  const { title, ...info } = document.info;
  expect(title).toBe("Agonus");
  expect(await new Validator().validate({ ...document, info })).toMatchObject({ valid: false });
});

test("names are unique, paths name their parameters, tags are declared, and every answer is described", () => {
  const ids = all().map(([, , { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const tags = new Set(document.tags.map(({ name }: { name: string }) => name));
  for (const [method, path, { operationId, summary, parameters, responses, ...operation }] of all()) {
    const where = `${method} ${path}`;
    expect([where, operationId]).toEqual([where, expect.stringMatching(/^[a-z][\w]*$/)]);
    expect(summary.length, where).toBeGreaterThan(2);
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect([where, parameters.filter((one) => one.in === "path").map(({ name }) => name)]).toEqual([where, named]);
    expect(new Set(parameters.map((one) => `${one.in} ${one.name}`)).size, where).toBe(parameters.length);
    expect(
      operation.tags.every((tag) => tags.has(tag)),
      where,
    ).toBe(true);
    const codes = Object.keys(responses);
    expect(codes.some((code) => code.startsWith("2")) && codes.includes("4XX"), where).toBe(true);
  }
});

test("every reference leads somewhere, and no schema names a dialect of its own", () => {
  const text = JSON.stringify(document);
  expect(document.openapi).toBe("3.1.0");
  expect(text).not.toContain("$schema");
  const refs = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = ""]) => path);
  expect(refs.length).toBeGreaterThan(100);
  for (const ref of new Set(refs)) {
    const found = ref.split("/").reduce((at, part) => at?.[part], document);
    expect([ref, typeof found]).toEqual([ref, "object"]);
  }
});

test("bodies and queries are the routes' own, and answers are described by their output", () => {
  const decide = document.paths["/agents/{id}/decisions"].post;
  const body = decide.requestBody.content["application/json"].schema;
  expect(body.required).toEqual(["round", "orders", "reasoning"]);
  expect(body.additionalProperties).toBe(false);
  expect(decide.parameters.map(({ name }: { name: string }) => name)).toEqual([
    "id",
    "tournament_id",
    "dry_run",
    "wait",
  ]);
  const answer = decide.responses["200"].content["application/json"].schema;
  expect(answer.required).toEqual(["round", "outcome", "orders", "stored_at", "replayed"]);
  const round = document.paths["/agents/{id}/rounds/current"].get.responses["200"].content["application/json"].schema;
  expect(Object.keys(round.properties)).toContain("portfolio");
  expect(document.paths["/join"].post.requestBody.content["application/json"].schema.required).toEqual([
    "code",
    "name",
    "kind",
  ]);
  expect(document.paths["/candle-sources"].post.requestBody).toEqual({
    required: true,
    content: { "application/octet-stream": {} },
  });
  expect(document.servers).toEqual([{ url: "http://localhost" }]);
});
