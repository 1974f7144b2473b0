/** Parses what comes in. What doesn't fit is answered with the path of every field at fault. */
import type { z } from "zod";
import { CodedError, type ErrorCode, type FieldError } from "../core/error-codes.ts";
import type { HttpContext } from "./context.ts";
import { forbiddenParts } from "./json-limits.ts";

/** 400 for what is no JSON, 422 for JSON that doesn't fit. */
export function parseBody<S extends z.ZodType>(c: HttpContext, schema: S): z.output<S> {
  return parse(schema, readJson(c.get("body")));
}

/** As parseBody, where no body at all means {}. */
export function parseOptionalBody<S extends z.ZodType>(c: HttpContext, schema: S): z.output<S> {
  const body = c.get("body");
  return parse(schema, body.trim() === "" ? {} : readJson(body));
}

/** The query string; unknown and repeated names are refused, an empty value counts as absent. */
export function parseQuery<S extends z.ZodType>(c: HttpContext, schema: S): z.output<S> {
  const values: Record<string, string> = {};
  const errors: FieldError[] = [];
  for (const [name, given] of Object.entries(c.req.queries())) {
    if (given.length > 1) errors.push({ path: name, message: "must be given once" });
    if (given[0]) values[name] = given[0];
  }
  if (errors.length > 0) throw invalid(errors);
  return parse(schema, values);
}

export function invalid(errors: readonly FieldError[], code: ErrorCode = "request.invalid"): CodedError {
  const [first] = errors;
  const rest = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  const detail = first ? `${first.path === "" ? "The body" : first.path} ${first.message}${rest}.` : undefined;
  return new CodedError(code, detail, errors.slice(0, 100));
}

function readJson(body: string): unknown {
  if (body.trim() === "") throw new CodedError("request.bad_json", "The body is empty; it must be a JSON object.");
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new CodedError("request.bad_json", `The body is not valid JSON${where(error)}.`);
  }
}

/** "at position 7", of V8's message; not the rest, which quotes the body. */
function where(error: unknown): string {
  const place = error instanceof Error ? /(at position \d+|Unexpected end)/.exec(error.message)?.[1] : undefined;
  return place ? `: ${place}` : "";
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const forbidden = forbiddenParts(value);
  if (forbidden.length > 0) throw invalid(forbidden);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.flatMap(fieldErrors));
}

export function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...issue.path, key].map(String).join("."),
      message: "is not a field here",
    }));
  }
  return [{ path: issue.path.map(String).join("."), message: sentence(issue) }];
}

/** zod's words, made to follow a field's name. Values are never quoted back: they may be secret. */
function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") {
    return issue.message.endsWith("received undefined") ? "is required" : `must be ${article(issue.expected)}`;
  }
  if (issue.code === "invalid_value") return `must be one of: ${issue.values.map(String).join(", ")}`;
  if (issue.code === "invalid_union") return "has the wrong type";
  if (issue.code === "invalid_format") {
    return issue.format === "regex" && issue.message.startsWith("must")
      ? issue.message
      : (formats[issue.format] ?? issue.message);
  }
  if (issue.code === "too_big") return `must be at most ${issue.maximum}${unit(issue.origin)}`;
  if (issue.code === "too_small") return `must be at least ${issue.minimum}${unit(issue.origin)}`;
  return issue.message;
}

const formats: Readonly<Record<string, string>> = {
  uuid: "must be a UUID",
  datetime: "must be an ISO 8601 time with a zone, such as 2026-01-31T12:00:00Z",
  url: "must be a URL",
};

function unit(origin: string): string {
  return origin === "string" ? " characters long" : origin === "array" ? " items long" : "";
}

function article(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
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
