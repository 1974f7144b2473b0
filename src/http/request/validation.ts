/** Parses what comes in. What doesn't fit is answered with the path of every field at fault. */
import type { z } from "zod";
import { CodedError, type ErrorCode, type FieldError } from "../../core/error-codes.ts";
import { boundedErrors, givenTwice, notAField } from "../../core/text/echo.ts";
import { fieldErrors } from "../../core/text/field-errors.ts";
import { forbiddenParts, readJsonText } from "../../core/text/json-limits.ts";
import type { HttpContext } from "../context.ts";

/** 400 for what is no JSON, 422 for JSON that doesn't fit. */
export function parseBody<S extends z.ZodType>(c: HttpContext, schema: S): z.output<S> {
  return parseValue(schema, readJson(c.get("body")));
}

/** As parseBody, where no body at all means {}. */
export function parseOptionalBody<S extends z.ZodType>(c: HttpContext, schema: S): z.output<S> {
  const body = c.get("body");
  return parseValue(schema, body.trim() === "" ? {} : readJson(body));
}

/** Every path takes it: `?pretty` indents the answer (readable-json.ts). */
export const PRETTY = "pretty";
const PRETTY_VALUES: readonly string[] = ["", "true", "false"];
const PRETTY_FAULT = "must be true or false, or have no value";

/** The query string; unknown and repeated names are refused, an empty value counts as absent. */
export function parseQuery<S extends z.ZodType>(c: HttpContext, schema: S): z.output<S> {
  const values: Record<string, string> = {};
  const errors: FieldError[] = [];
  for (const [name, given] of Object.entries(c.req.queries())) {
    // Set on an object it says what the object is made of, and is no name of it.
    if (name === "__proto__" && given[0]) errors.push({ path: name, message: notAField });
    else if (given.length > 1) errors.push({ path: name, message: givenTwice });
    else if (name === PRETTY && !PRETTY_VALUES.includes(given[0] ?? ""))
      errors.push({ path: name, message: PRETTY_FAULT });
    if (given[0] && name !== PRETTY) values[name] = given[0];
  }
  if (errors.length > 0) throw invalid(errors);
  return parseValue(schema, values);
}

export function invalid(errors: readonly FieldError[], code: ErrorCode = "request.invalid"): CodedError {
  const shown = boundedErrors(errors);
  const [first] = shown;
  const rest = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  const detail = first ? `${first.path === "" ? "The body" : first.path} ${first.message}${rest}.` : undefined;
  return new CodedError(code, detail, shown);
}

function readJson(body: string): unknown {
  if (body.trim() === "") throw new CodedError("request.bad_json", "The body is empty; it must be a JSON object.");
  try {
    return readJsonText(body);
  } catch (error) {
    throw new CodedError("request.bad_json", `The body is not valid JSON${where(error)}.`);
  }
}

/** The place in V8's message, as "at position 7". The rest of the message quotes the body. */
function where(error: unknown): string {
  const place = error instanceof Error ? /(at position \d+|Unexpected end)/.exec(error.message)?.[1] : undefined;
  return place ? `: ${place}` : "";
}

/** Parses a value that came as JSON. */
export function parseValue<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const forbidden = forbiddenParts(value);
  if (forbidden.length > 0) throw invalid(forbidden);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.flatMap(fieldErrors));
}

/** Parses a part of the input that lies at `path`. */
export function parseAt<S extends z.ZodType>(
  schema: S,
  value: unknown,
  path: string,
  code: ErrorCode = "request.invalid",
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap(fieldErrors);
  const below = errors.map((error) => ({ ...error, path: error.path === "" ? path : `${path}.${error.path}` }));
  throw invalid(below, code);
}
