/** Writes a schema as lines for a reader: one line a field, with its path, its type and what it means. Pure. */
import { z } from "zod";

type Schema = z.core.JSONSchema.BaseSchema;

/** `io`: what a body may be, or what an answer is. */
export function fieldLines(schema: z.ZodType, io: "input" | "output"): string[] {
  return linesOf(z.toJSONSchema(schema, { io, unrepresentable: "any" }), "");
}

function linesOf(schema: Schema, path: string): string[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    if (typeof field === "boolean") return [];
    const at = path === "" ? name : `${path}.${name}`;
    const optional = required.has(name) ? "" : ", optional";
    const meaning = field.description === undefined ? "" : `: ${field.description}`;
    return [`- \`${at}\` (${typeOf(field)}${optional})${meaning}`, ...inside(field, at)];
  });
}

/** The fields of an object, of the items of a list, and of the values of a map. */
function inside(schema: Schema, path: string): string[] {
  const parts = (schema.anyOf ?? []).filter((part) => typeof part !== "boolean");
  const { items, additionalProperties: values } = schema;
  return [
    ...linesOf(schema, path),
    ...parts.flatMap((part) => inside(part, path)),
    ...(isSchema(items) ? inside(items, `${path}[]`) : []),
    ...(isSchema(values) ? inside(values, `${path}.KEY`) : []),
  ];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.anyOf) return schema.anyOf.map((part) => (isSchema(part) ? typeOf(part) : "any")).join(" or ");
  return schema.type === undefined ? "any JSON" : [schema.type].flat().join(" or ");
}
