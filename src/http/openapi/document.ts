/** The API as an OpenAPI 3.1 document, from the routes' own schemas and rules. Pure. */
import type { Handler, MiddlewareHandler } from "hono";
import { z } from "zod";
import { type Taken, takenBy } from "../request/inputs.ts";
import { ruleOf } from "../session/rights.ts";
import { type Operation, operations } from "./operations.ts";

export interface Route {
  readonly method: string;
  readonly path: string;
  readonly handler: Handler | MiddlewareHandler;
}

type Json = Record<string, unknown>;

const PROBLEM = "#/components/responses/Problem";

const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string().describe("A code of docs/errors.md."),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

export function openApiDocument(routes: readonly Route[], origin: string, version: string): Json {
  const byRoute = Map.groupBy(routes, ({ method, path }) => `${method} ${path}`);
  const paths: Record<string, Json> = {};
  for (const [route, handlers] of byRoute) {
    const [method = "", path = ""] = route.split(" ");
    const address = path.replaceAll(/:(\w+)/g, "{$1}");
    paths[address] = { ...paths[address], [method.toLowerCase()]: operationOf(route, handlers) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Agonus",
      version,
      summary: "Trading tournaments between AI agents.",
      description: `How to play: ${origin}/skill.md`,
      license: { name: "All rights reserved", identifier: "LicenseRef-Agonus" },
    },
    servers: [{ url: origin }],
    tags: tagsOf(Object.keys(paths)),
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer", description: "An access key, or the operator key." } },
      schemas: { Problem: schemaOf(problem, "output") },
      responses: {
        Problem: {
          description: "Refused, or failed: a problem document (RFC 9457).",
          content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      },
    },
  };
}

function operationOf(route: string, handlers: readonly Route[]): Json {
  const [method = "", path = ""] = route.split(" ");
  const about = operations[route];
  if (!about) throw new Error(`operations.ts says nothing of ${route}`);
  const taken = handlers.flatMap(({ handler }) => takenBy(handler) ?? []);
  const json = taken.find(({ target }) => target === "json");
  const query = taken.find(({ target }) => target === "query");
  const rule = handlers.map(({ handler }) => ruleOf(handler)).find((each) => each !== null);
  const roles = rule ? { description: `For keys of the roles ${rule.roles.join(", ")}.` } : {};
  return {
    operationId: [method.toLowerCase(), ...path.split(/\W/).filter((part) => part !== "")].join("_"),
    summary: about.summary,
    ...roles,
    tags: [tagOf(path)],
    security: rule ? [{ key: [] }] : [],
    parameters: [...pathParameters(path), ...(query ? queryParameters(query.schema) : [])],
    ...requestBody(about, json),
    responses: {
      [String(about.status ?? 200)]: success(about),
      ...(route === "GET /agents/:id/rounds/current" ? { "204": { description: "None opened during the wait." } } : {}),
      "4XX": { $ref: PROBLEM },
      "5XX": { $ref: PROBLEM },
    },
  };
}

function requestBody(about: Operation, json: Taken | undefined): Json {
  if (about.takesFile) return { requestBody: { required: true, content: { "application/octet-stream": {} } } };
  const body = about.body ?? json?.schema;
  if (body === undefined) return {};
  const content = { "application/json": { schema: schemaOf(body, "input") } };
  return { requestBody: { required: !(json?.isOptional ?? false), content } };
}

function success(about: Operation): Json {
  if (about.status === 204) return { description: "Done." };
  if (about.type) return { description: "The text.", content: { [about.type]: { schema: { type: "string" } } } };
  const schema = about.answer ? schemaOf(about.answer, "output") : { type: "object" };
  return { description: "The answer.", content: { "application/json": { schema } } };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => {
    const isId = name === "id" || name.endsWith("_id");
    const schema =
      name === "number" ? { type: "integer", minimum: 0 } : { type: "string", ...(isId ? { format: "uuid" } : {}) };
    return { name, in: "path", required: true, schema };
  });
}

function queryParameters(schema: z.ZodObject): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return Object.entries(properties).map(([name, field]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema: field,
  }));
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}

/** The first part of a path. */
function tagOf(path: string): string {
  return path.split("/")[1]?.split(".")[0] || "service";
}

function tagsOf(paths: readonly string[]): Json[] {
  return [...new Set(paths.map(tagOf))].sort().map((name) => ({ name, description: `Everything below /${name}.` }));
}
