/** Describes in words the fields of a task's arguments or result, from their JSON Schema. Pure. */

export interface SchemaField {
  readonly type?: string | undefined;
  readonly format?: string | undefined;
  readonly enum?: readonly string[] | undefined;
  readonly default?: unknown;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly items?: SchemaField | undefined;
}
export type NamedField = SchemaField & { readonly name: string; readonly required: boolean };

/** The fields of an object's schema. Keywords that SchemaField does not have are left out. */
export function fieldsOf(schema: unknown): NamedField[] {
  const { properties, required } = partsOf(schema);
  const names: unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(partsOf(properties)).map(([name, field]) => ({
    ...fieldOf(field),
    name,
    required: names.includes(name),
  }));
}

/** The type of a field in words. `code` formats values that a caller types literally. */
export function typeWords(field: SchemaField, code: (text: string) => string = (text) => text): string {
  if (field.enum) return field.enum.map((value) => code(`"${value}"`)).join(", ");
  if (field.type === "array") {
    return `${field.minItems ?? 0} to ${field.maxItems ?? "any number"} of ${typeWords(field.items ?? {}, code)}`;
  }
  if (field.format === "uuid") return "UUID";
  if (field.type !== "integer" && field.type !== "number") return field.type ?? "anything";
  const { minimum: from = Number.NEGATIVE_INFINITY, maximum: to = Number.POSITIVE_INFINITY } = field;
  // Zod gives every integer the bounds of what a float holds exactly. They mean nothing to a reader.
  const range = [from > Number.MIN_SAFE_INTEGER ? `from ${from}` : "", to < Number.MAX_SAFE_INTEGER ? `to ${to}` : ""];
  return [field.type, ...range].filter((part) => part !== "").join(" ");
}

function fieldOf(value: unknown): SchemaField {
  const parts = partsOf(value);
  const text = (part: unknown) => (typeof part === "string" ? part : undefined);
  const number = (part: unknown) => (typeof part === "number" ? part : undefined);
  return {
    type: text(parts.type),
    format: text(parts.format),
    enum: Array.isArray(parts.enum) ? parts.enum.map(String) : undefined,
    default: parts.default,
    minimum: number(parts.minimum),
    maximum: number(parts.maximum),
    minItems: number(parts.minItems),
    maxItems: number(parts.maxItems),
    items: parts.items === undefined ? undefined : fieldOf(parts.items),
  };
}

function partsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
